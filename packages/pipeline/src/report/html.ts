import { escapeXml } from '../chart/escape.ts';
import type { Block, Cell, Figure, Inline, Picture, ReportDocument, Table, Text } from './document.ts';
import { STYLE } from './style.ts';

/** The report as one HTML file that needs nothing else: styles and pictures are inside, no script. */
export function renderHtml({ title, subtitle, blocks }: ReportDocument): string {
  // Whatever a name smuggles in, a browser loads nothing from elsewhere and runs nothing.
  const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeXml(title)}</title>
<style>
${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${escapeXml(title)}</h1>
<p>${escapeXml(subtitle)}</p>
</header>
${blocks.map(render).join('\n')}
</main>
</body>
</html>
`;
}

function render(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level}>${escapeXml(block.text)}</h${block.level}>`;
    case 'paragraph':
      return `<p>${inline(block.text)}</p>`;
    case 'list':
      return `<ul>\n${block.items.map((item) => `<li>${inline(item)}</li>`).join('\n')}\n</ul>`;
    case 'code':
      return `<pre><code>${escapeXml(block.text)}</code></pre>`;
    case 'table':
      return table(block);
    case 'figure':
      return figure(block);
  }
}

function table({ corner, columns, rows, caption }: Table): string {
  const head = columns.map((name) => `<th scope="col">${escapeXml(name)}</th>`).join('');
  const body = rows.map(({ heading, cells, quiet }) => {
    const row = `<th scope="row">${escapeXml(heading)}</th>${cells.map(cell).join('')}`;
    return `<tr${quiet === true ? ' class="quiet"' : ''}>${row}</tr>`;
  });
  return `<figure class="table">
<div class="scroll" tabindex="0" role="region" aria-label="Table">
<table>
<thead><tr><td>${escapeXml(corner)}</td>${head}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table>
</div>
<figcaption>${inline(caption)}</figcaption>
</figure>`;
}

function cell({ value, spread, strong }: Cell): string {
  const number = strong === true ? `<strong>${escapeXml(value)}</strong>` : escapeXml(value);
  return `<td>${number}${spread === undefined ? '' : ` <span class="spread">${escapeXml(spread)}</span>`}</td>`;
}

function figure({ pictures, caption, across = 1 }: Figure): string {
  return `<figure>
<div class="pictures across-${across}">
${pictures.map(picture).join('\n')}
</div>
<figcaption>${inline(caption)}</figcaption>
</figure>`;
}

function picture({ content, type, width, height, alt, still }: Picture): string {
  if (type === 'image/svg+xml') return `<div class="chart">${String(content)}</div>`;
  const image = `<img src="${dataUri(type, content)}" width="${width}" height="${height}" alt="${escapeXml(alt)}">`;
  if (still === undefined) return image;
  const quiet = `<source media="print, (prefers-reduced-motion: reduce)" srcset="${dataUri(type, still)}">`;
  return `<picture>${quiet}${image}</picture>`;
}

function dataUri(type: string, content: Buffer | string): string {
  return `data:${type};base64,${Buffer.from(content).toString('base64')}`;
}

function inline(text: Text): string {
  return text.map(span).join('');
}

function span(piece: Inline): string {
  if (typeof piece === 'string') return escapeXml(piece);
  if ('strong' in piece) return `<strong>${escapeXml(piece.strong)}</strong>`;
  if ('code' in piece) return `<code>${escapeXml(piece.code)}</code>`;
  return `<a href="${escapeXml(piece.link)}">${escapeXml(piece.text)}</a>`;
}
