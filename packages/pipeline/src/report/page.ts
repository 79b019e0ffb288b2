import { Marked, type Tokens } from 'marked';
import { dataUri, renderDocument } from './document.ts';
import { PICTURES, type Picture } from './markdown.ts';

/**
 * The report as one HTML file that needs nothing else: styles and pictures are inside, no script.
 *
 * @param title without characters that mean something to HTML. @param markdown HTML in it is shown as text.
 */
export function renderPage(title: string, markdown: string, pictures: readonly Picture[]): string {
  const files = new Map(pictures.map((picture) => [`${PICTURES}/${picture.name}`, picture]));
  const marked = new Marked({
    renderer: {
      image: ({ href }) => embedded(files.get(href)),
      paragraph({ tokens }) {
        const shown = tokens.some(({ type }) => type === 'image');
        return shown
          ? `<div class="pictures">${images(tokens)
              .map((one) => this.image(one))
              .join('\n')}</div>\n`
          : false;
      },
    },
    tokenizer: { html: () => undefined, tag: () => undefined },
  });
  const body = marked
    .parse(markdown, { async: false })
    .replaceAll('<table>', '<div class="scroll" tabindex="0" role="region" aria-label="Table">\n<table>')
    .replaceAll('</table>', '</table>\n</div>')
    .replaceAll(/<tr>\n<td>(.*)<\/td>/g, '<tr>\n<th scope="row">$1</th>')
    .replaceAll(/<th( align="right")?>/g, '<th scope="col">');
  return renderDocument(title, body);
}

function images(tokens: readonly { readonly type: string }[]): Tokens.Image[] {
  return tokens.filter((token): token is Tokens.Image => token.type === 'image');
}

function embedded(picture: Picture | undefined): string {
  if (picture === undefined) return '';
  const { content, type, width, height, alt, still } = picture;
  if (type === 'image/svg+xml') return `<div class="chart">${String(content)}</div>`;
  const image = `<img src="${dataUri(type, content)}" width="${width}" height="${height}" alt="${alt}">`;
  if (still === undefined) return image;
  const calm = `<source media="print, (prefers-reduced-motion: reduce)" srcset="${dataUri(type, still)}">`;
  return `<picture>${calm}${image}</picture>`;
}
