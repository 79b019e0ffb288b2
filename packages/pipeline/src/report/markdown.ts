/** A picture that stands as a file beside the report. */
export interface Picture {
  /** Name in the folder of pictures. */
  readonly name: string;
  readonly content: Buffer | string;
  readonly type: 'image/svg+xml' | 'image/jpeg' | 'image/webp';
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** What it shows, for those who do not see it. */
  readonly alt: string;
  /** One frame of a moving picture, for paper and for readers who do not want motion. */
  readonly still?: Buffer;
}

/** Folder of the pictures, beside the report. */
export const PICTURES = 'report';

/** Pictures side by side where there is room, and what they show. */
export function figure(pictures: readonly Picture[], caption: string): string {
  return `${pictures.map(({ name, alt }) => `![${alt}](${PICTURES}/${name})`).join('\n')}\n\n${caption}`;
}

/** Rows under a head, the first column to the left, the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

export function list(items: readonly (string | null)[]): string {
  return items
    .filter((item) => item !== null)
    .map((item) => `- ${item}`)
    .join('\n');
}

/** What a user or a machine named, as it is: with more backticks around it than it has inside. */
export function code(text: string): string {
  const fence = '`'.repeat(longestRun(text) + 1);
  const pad = /^`|`$/.test(text) ? ' ' : '';
  return fence + pad + text.replaceAll(/\s+/g, ' ') + pad + fence;
}

/** The same in lines of its own. */
export function codeBlock(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}sh\n${text}\n${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
