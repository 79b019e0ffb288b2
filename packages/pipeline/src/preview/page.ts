import { dataUri, renderDocument } from '../report/document.ts';
import { legendOf } from './labels.ts';
import { CONTRAST, type Pair } from './pictures.ts';
import { STYLE } from './style.ts';

export type Row = readonly [name: string, value: string];

/** A pair of pictures under a line of text. */
export interface Shown extends Pair {
  readonly caption: string;
  /** What stands out before the caption. */
  readonly mark?: string;
  /** What the image shows, for those who do not see it. */
  readonly alt: string;
}

/** A drawing, in SVG, and what it says. */
export interface Chart {
  readonly drawing: string;
  readonly caption: string;
}

/** What a page shows, all but the drawings as text. */
export interface PreviewPage {
  readonly title: string;
  /** What a run would train. */
  readonly subtitle: string;
  readonly warnings: readonly string[];
  /** What was decided where the user did not. */
  readonly decisions: readonly string[];
  readonly facts: readonly Row[];
  readonly sections: readonly Shown[];
  /** Of how many. */
  readonly total: number;
  /** Whether labels are moved onto the tissue before a network sees them. */
  readonly isMoved: boolean;
  /** Whether some labels do not count. */
  readonly isPartial: boolean;
  readonly windows: readonly Shown[];
  readonly charts: readonly Chart[];
  /** Each section in numbers, under a head. */
  readonly table: readonly (readonly string[])[];
  readonly settings: readonly Row[];
}

/** The page as one HTML file that needs nothing else: styles and pictures are inside, no script. */
export function renderPreview(page: PreviewPage): string {
  const { title, subtitle, warnings, decisions, facts, sections, total, windows, charts, table, settings } = page;
  const [head = [], ...rows] = table;
  const body = `<h1>${escaped(title)}</h1>
<p>${escaped(subtitle)}</p>
${warnings.map((warning) => `<p class="warning"><strong>Warning</strong> ${escaped(warning)}</p>`).join('\n')}
<ul class="decisions">
${decisions.map((decision) => `<li>${escaped(decision)}</li>`).join('\n')}
</ul>
<h2>What was read</h2>
${list(facts)}
<section>
<h2>Sections</h2>
<p>${sections.length} of ${total}, as the network gets them: z-scores from −${CONTRAST} (black) to ${CONTRAST} (white).${page.isMoved ? ' Labels are as they lie; those of the windows below are moved onto the tissue.' : ''}</p>
<p class="show">${legend(page.isPartial)}<label><input type="checkbox" id="labels" checked> Labels over the images</label></p>
<div class="sections">
${sections.map((section) => figure(section, `<div class="over">${picture(section, 'plain')}${picture(section, 'painted')}</div>`)).join('\n')}
</div>
</section>
<h2>Training windows</h2>
<p>The first ${windows.length} of the run, after augmentation: images, and their labels over them. A run with these settings trains on these.</p>
<div class="windows">
${windows.map((window) => figure(window, `<div class="beside">${picture(window, 'plain')}${picture(window, 'painted')}</div>`)).join('\n')}
</div>
<h2>Grey values and class balance</h2>
<div class="charts">
${charts.map(({ drawing, caption }) => `<figure>${drawing}<figcaption>${escaped(caption)}</figcaption></figure>`).join('\n')}
</div>
<details><summary>Each section in numbers</summary>
<div class="scroll" tabindex="0" role="region" aria-label="Table">
<table><thead><tr>${head.map((cell) => `<th scope="col">${escaped(cell)}</th>`).join('')}</tr></thead><tbody>
${rows.map(([name = '', ...cells]) => `<tr><th scope="row">${escaped(name)}</th>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`).join('\n')}
</tbody></table>
</div></details>
<h2>Settings</h2>
<p>Of what has a part in the data and the windows. A training has more: <code>npx nx run trainer:train -- --help</code>.</p>
${list(settings)}
`;
  return renderDocument(escaped(title), body, STYLE);
}

const list = (rows: readonly Row[]): string =>
  `<dl>\n${rows.map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`).join('\n')}\n</dl>`;

const legend = (isPartial: boolean): string =>
  legendOf(isPartial)
    .map(({ name, colour }) => `<span><i style="background:rgb(${colour.join(',')})"></i> ${name}</span>`)
    .join('');

const figure = ({ mark, caption }: Shown, pictures: string): string =>
  `<figure>${pictures}<figcaption>${mark === undefined ? '' : `<strong>${escaped(mark)}</strong> `}${escaped(caption)}</figcaption></figure>`;

function picture({ width, height, alt, ...files }: Shown, form: 'plain' | 'painted'): string {
  const shown = form === 'plain' ? alt : `${alt}, with its labels`;
  return `<img class="${form}" src="${dataUri('image/jpeg', files[form])}" width="${width}" height="${height}" alt="${escaped(shown)}">`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (letter) => ENTITIES[letter] as string);
