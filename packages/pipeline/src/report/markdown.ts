import type { Block, Cell, Figure, Inline, ReportDocument, Table, Text } from './document.ts';

/**
 * The report as Markdown (GitHub's, for its tables).
 *
 * @param pictures folder of the pictures, relative to the file; `/` between names.
 */
export function renderMarkdown({ title, subtitle, blocks }: ReportDocument, pictures: string): string {
  const parts = [
    `# ${escapeMarkdown(title)}`,
    escapeMarkdown(subtitle),
    ...blocks.map((block) => render(block, pictures)),
  ];
  return `${parts.join('\n\n')}\n`;
}

function render(block: Block, pictures: string): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${escapeMarkdown(block.text)}`;
    case 'paragraph':
      return inline(block.text);
    case 'list':
      return block.items.map((item) => `- ${inline(item)}`).join('\n');
    case 'code':
      return fenced(block.text);
    case 'table':
      return table(block);
    case 'figure':
      return figure(block, pictures);
  }
}

function table({ corner, columns, rows, caption }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line([corner, ...columns].map(escapeMarkdown)),
    line(['---', ...columns.map(() => '---:')]),
    ...rows.map(({ heading, cells, quiet }) => {
      const name = escapeMarkdown(heading);
      return line([quiet === true ? `*${name}*` : name, ...cells.map((cell) => cellText(cell, quiet === true))]);
    }),
    '',
    inline(caption),
  ].join('\n');
}

function cellText({ value, spread, strong }: Cell, quiet: boolean): string {
  const [text, mark] = [escapeMarkdown(value), strong === true ? '**' : quiet ? '*' : ''];
  return `${mark}${text}${mark}${spread === undefined ? '' : ` ${escapeMarkdown(spread)}`}`;
}

function figure({ pictures: shown, caption }: Figure, pictures: string): string {
  const images = shown.map(({ name, alt }) => `![${escapeMarkdown(alt)}](${pictures}/${encodeURIComponent(name)})`);
  return `${images.join('\n')}\n\n${inline(caption)}`;
}

function inline(text: Text): string {
  return text.map(span).join('');
}

function span(piece: Inline): string {
  if (typeof piece === 'string') return escapeMarkdown(piece);
  if ('strong' in piece) return `**${escapeMarkdown(piece.strong)}**`;
  if ('code' in piece) return codeSpan(piece.code);
  return `[${escapeMarkdown(piece.text)}](${encodeURI(piece.link)})`;
}

/** With more backticks around it than it has inside. */
function codeSpan(code: string): string {
  const fence = '`'.repeat(longestRun(code) + 1);
  const space = code.startsWith('`') || code.endsWith('`') ? ' ' : '';
  return fence + space + code.replaceAll('\n', ' ') + space + fence;
}

function fenced(code: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(code) + 1));
  return `${fence}sh\n${code}\n${fence}`;
}

function longestRun(code: string): number {
  return Math.max(0, ...[...code.matchAll(/`+/g)].map(([run]) => run.length));
}

/** `text` so that Markdown shows it as it stands, in a table too. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*[\]|~]/g, (character) => `\\${character}`)
    .replaceAll(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
    .replace(/^(#+|[-+>])(?=\s)/, '\\$1')
    .replace(/^(\d+)([.)])(?=\s)/, '$1\\$2');
}
