import type { Histogram } from './pictures.ts';

/** What a page shows. */
export interface PreviewPage {
  readonly title: string;
  /** Names and values, as text. */
  readonly settings: readonly (readonly [name: string, value: string])[];
  readonly sections: readonly PreviewSection[];
  /** How many sections there are in all. */
  readonly total: number;
  readonly histogram: Histogram;
}

export interface PreviewSection {
  /** From 1, in the input. */
  readonly number: number;
  readonly caption: string;
  /** Files in WebP, of one size. */
  readonly image: Uint8Array;
  readonly result: Uint8Array;
}

/** Whatever a name smuggles in, a browser loads nothing from elsewhere and runs nothing. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; padding: 1.5rem; max-width: 90rem; }
h1 { font-size: 1.5rem; overflow-wrap: anywhere; }
.facts { display: flex; flex-wrap: wrap; gap: 1rem 3rem; align-items: start; }
table { border-collapse: collapse; }
th { text-align: left; font-weight: 400; opacity: 0.75; padding-right: 1.5rem; vertical-align: top; white-space: nowrap; }
td { overflow-wrap: anywhere; }
svg { width: 20rem; max-width: 100%; }
svg path { fill: currentColor; opacity: 0.7; }
svg text { fill: currentColor; font-size: 11px; }
.show { position: sticky; top: 0; padding: 0.5rem 0; background: Canvas; z-index: 1; }
.sections { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); }
figure { margin: 0; }
.pair { display: grid; background: black; }
.pair img { grid-area: 1 / 1; width: 100%; image-rendering: auto; }
body:has(#result:not(:checked)) .result { visibility: hidden; }
figcaption { opacity: 0.8; }
`;

/** The page as one HTML file that needs nothing else: styles and pictures are inside, no script. */
export function renderPreview({ title, settings, sections, total, histogram }: PreviewPage): string {
  const rows = settings.map(
    ([name, value]) => `<tr><th scope="row">${escaped(name)}</th><td>${escaped(value)}</td></tr>`,
  );
  const figures = sections.map(
    ({ number, caption, image, result }) => `<figure>
<div class="pair"><img src="${data(image)}" alt="Section ${number}"><img class="result" src="${data(result)}" alt="Its result"></div>
<figcaption>${escaped(caption)}</figcaption>
</figure>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<div class="facts">
<table><tbody>
${rows.join('\n')}
</tbody></table>
${histogramPicture(histogram)}
</div>
<h2>${sections.length} of ${total} segmented sections</h2>
<p class="show"><label><input type="checkbox" id="result" checked> Show the result over the image</label></p>
<div class="sections">
${figures.join('\n')}
</div>
</body>
</html>
`;
}

function histogramPicture({ counts, from, to }: Histogram): string {
  const most = Math.max(...counts);
  const width = 256 / counts.length;
  const bars = counts.map((count, i) => {
    const height = (80 * count) / most;
    return `M${(i * width).toFixed(2)} 84v${(-height).toFixed(2)}h${width.toFixed(2)}v${height.toFixed(2)}z`;
  });
  const ends = [from, to].map((value) => Number(value.toPrecision(4)));
  return `<svg viewBox="0 0 256 100" role="img" aria-label="Grey values of the sections below, from ${ends[0]} to ${ends[1]}">
<path d="${bars.join('')}"/><text x="0" y="97">${ends[0]}</text><text x="128" y="97" text-anchor="middle">grey values</text><text x="256" y="97" text-anchor="end">${ends[1]}</text></svg>`;
}

const data = (webp: Uint8Array): string => `data:image/webp;base64,${Buffer.from(webp).toString('base64')}`;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (letter) => ENTITIES[letter] as string);
