import { basename, dirname } from 'node:path';
import { writeFileAtomically, type OnProgress } from '@dilated-unet/host';
import { IGNORED } from '@dilated-unet/stacks';
import { loadDataset, type Dataset, type TrainConfig } from '@dilated-unet/trainer';
import { greyChart, histogramChart, membraneChart, percent, rounded } from './charts.ts';
import { factsOf } from './facts.ts';
import { histogramOf } from './histogram.ts';
import { membraneShare } from './labels.ts';
import { renderPreview, type Chart, type Row, type Shown } from './page.ts';
import { drawPair, type Pair } from './pictures.ts';
import { asSeen, evenly, previewSections, unlikeNeighbours, type PreviewSection } from './sections.ts';
import { firstWindows } from './windows.ts';

/** Most sections on a page, and most windows. */
const [SECTIONS, WINDOWS] = [6, 12];
/** Of the sections: most that are held out, and most that are unlike their neighbours. */
const [HELD_OUT, UNLIKE] = [2, 2];
/** Longest side of a picture, pixels. */
const SIDE = 512;

export interface PreviewRequest {
  /** What a run would be trained with. */
  readonly config: TrainConfig;
  /** Absolute path of the page. */
  readonly out: string;
  /** What was decided before the data was read. */
  readonly decisions: readonly string[];
  /** Flags and values that the page ends with. @param config with what `auto` was. */
  readonly settings: (config: TrainConfig) => readonly Row[];
  /** How the user reads a note or a warning of the data, which names fields. */
  readonly worded: (text: string) => string;
}

/** How a preview is watched and stopped. */
interface Watcher {
  readonly onProgress: OnProgress;
  readonly onNote: (note: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Writes a page that shows what a run would train on: it reads the data as the run would, and cuts its first windows.
 *
 * @returns bytes of the page.
 * @throws as `loadDataset` and `createSampler` of the trainer; EnvironmentError when it cannot be written; the signal's reason.
 */
export async function writePreview(request: PreviewRequest, { onProgress, onNote, signal }: Watcher): Promise<number> {
  const phase = request.config.data.kind === 'phantom' ? 'making the phantom' : 'reading the stacks';
  onProgress({ phase });
  const data = await loadDataset(request.config, (done, total) => onProgress({ phase, done, total }));
  for (const note of data.notes) onNote(note);
  for (const warning of data.warnings) onNote(`warning: ${warning}`);
  const { labelKind, boundaryWidth } = data;
  const config = { ...request.config, labelKind, boundaryWidth };

  const sections = previewSections(data);
  const unlike = unlikeNeighbours(sections);
  const shown = chosen(sections, unlike);
  const windows = firstWindows(config, data, WINDOWS);
  let done = 0;
  const draw = async (...[image, side]: Parameters<typeof drawPair>) => {
    signal.throwIfAborted();
    onProgress({ phase: 'drawing the page', done: done++, total: shown.length + windows.length });
    return drawPair(image, side);
  };
  const sectionFigures: Shown[] = [];
  for (const one of shown) sectionFigures.push({ ...(await draw(asSeen(one), SIDE)), ...sectionText(one) });
  const windowFigures: Shown[] = [];
  for (const { step, number, ...window } of windows) {
    const name = `Step ${step}, window ${number}`;
    const caption = `${name}: ${percent(membraneShare(window.labels))} membrane`;
    windowFigures.push({ ...(await draw(window, SIDE)), caption, alt: name });
  }

  const html = renderPreview({
    title: `What a training sees of ${nameOf(config)}`,
    subtitle:
      'Look at this before you train: are the membranes where the labels say, and do the windows look like tissue?',
    warnings: data.warnings.map(request.worded),
    decisions: [...data.notes.map(request.worded), ...request.decisions],
    facts: await factsOf(config, data, sections),
    sections: sectionFigures,
    total: sections.length,
    isMoved: data.labelOffset !== null,
    isPartial: sections.some(({ labels }) => labels.data.includes(IGNORED)),
    windows: windowFigures,
    charts: charts(data, sections, unlike),
    table: [
      ['Section', 'Use', 'Membrane', 'Mean', 'Deviation'],
      ...sections.map((one) => [
        String(one.number),
        one.isHeldOut ? 'held out' : 'trained on',
        percent(one.membrane),
        rounded(one.own.mean),
        rounded(one.own.std),
      ]),
    ],
    settings: request.settings(config),
  });
  await writeFileAtomically(request.out, html);
  return Buffer.byteLength(html);
}

/** What the page is called after: the folder of the images, or the file where that says more. */
function nameOf({ data }: TrainConfig): string {
  if (data.kind === 'phantom') return 'the phantom';
  return `${basename(dirname(data.images))}/${basename(data.images)}`;
}

/** Sections to show, in order: some that are trained on, evenly spread, some that are held out, and some unlike their neighbours. */
function chosen(all: readonly PreviewSection[], unlike: readonly PreviewSection[]): readonly PreviewSection[] {
  const heldOut = evenly(
    all.filter(({ isHeldOut }) => isHeldOut),
    HELD_OUT,
  );
  const trained = all.filter(({ isHeldOut }) => !isHeldOut);
  const shown = new Set([...evenly(trained, SECTIONS - heldOut.length), ...heldOut, ...unlike.slice(0, UNLIKE)]);
  return all.filter((section) => shown.has(section));
}

function sectionText({ number, isHeldOut, membrane }: PreviewSection): Omit<Shown, keyof Pair> {
  const text = { caption: `Section ${number}: ${percent(membrane)} membrane`, alt: `Section ${number}` };
  return isHeldOut ? { ...text, mark: 'Held out.', alt: `${text.alt}, held out` } : text;
}

function charts(
  { train, normalisation, normalise }: Dataset,
  sections: readonly PreviewSection[],
  unlike: readonly PreviewSection[],
): readonly Chart[] {
  const all = normalise === 'section' ? null : normalisation;
  const byThis =
    all === null
      ? 'By these of its own, each section is normalised.'
      : 'All sections are normalised by the mean and deviation that the colour shows.';
  const heldOut = sections.some(({ isHeldOut }) => isHeldOut) ? ' Outlined: held out.' : '';
  const odd =
    unlike.length === 0
      ? 'Each section is like its neighbours.'
      : `Unlike their neighbours: ${unlike.map(({ number, membrane }) => `section ${number} (${percent(membrane)})`).join(', ')}. Were they labelled as the others?`;
  return [
    {
      drawing: histogramChart(histogramOf(train.images.data), all),
      caption: `Grey values of the sections that are trained on${all === null ? '' : ', and the mean and deviation that normalise them'}.`,
    },
    {
      drawing: greyChart(sections, all),
      caption: `Mean and deviation of the grey values by section. ${byThis}${heldOut}`,
    },
    { drawing: membraneChart(sections, new Set(unlike)), caption: `Share of membrane by section.${heldOut} ${odd}` },
  ];
}
