import { basename, dirname } from 'node:path';
import type { OnProgress } from '@dilated-unet/host';
import { IGNORED } from '@dilated-unet/stacks';
import { decidedConfig, loadDataset, type NormalisedSections, type TrainConfig } from '@dilated-unet/trainer';
import { greyChart, histogramChart, membraneChart, percent, rounded } from './charts.ts';
import { factsOf, type PreviewStack } from './facts.ts';
import { histogramOf } from './histogram.ts';
import { membraneShare } from './labels.ts';
import type { Chart, PreviewPage, Row, Shown } from './page.ts';
import { drawPair, type Pair } from './pictures.ts';
import { asSeen, evenly, previewSections, sectionName, unlikeNeighbours, type PreviewSection } from './sections.ts';
import { firstWindows } from './windows.ts';

/** Most sections on a page, and most windows. */
const [SECTIONS, WINDOWS] = [6, 12];
/** Sections of each of several stacks: more than of those are held out, so that one is trained on. */
const LEAST_SECTIONS = 3;
/** Of the sections: most that are held out, and most that are unlike their neighbours. */
const [HELD_OUT, UNLIKE] = [2, 2];
/** Longest side of a picture, pixels. */
const SIDE = 512;

/** What was said of the data as it was read; it names fields. */
export interface Said {
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

/** What a page shows of the data of a run. */
export interface PreviewMaterial extends Said {
  /** With what `auto` was. */
  readonly config: TrainConfig;
  readonly page: Omit<PreviewPage, 'warnings' | 'decisions' | 'settings'>;
}

/** How the work is watched. */
export interface MaterialWatcher {
  readonly onProgress: OnProgress;
  /** Told once, when the data is read. */
  readonly onRead: (said: Said) => void;
}

/**
 * Reads the data of a run with `asked` as the run would, cuts its first windows, and draws them. Labels that cannot be registered are
 * shown as they lie, with a warning.
 *
 * @throws as `loadDataset` and `createSampler` of the trainer.
 */
export async function previewMaterial(
  asked: TrainConfig,
  { onProgress, onRead }: MaterialWatcher,
): Promise<PreviewMaterial> {
  const phase = asked.data.kind === 'phantom' ? 'making the phantom' : 'reading the stacks';
  onProgress({ phase });
  const refused: string[] = [];
  // A page is there to show what is wrong: where the training would end, labels are shown as they lie.
  const onUnregistered = (message: string): void => void refused.push(message);
  const data = await loadDataset({ ...asked, onUnregistered }, (done, total) => onProgress({ phase, done, total }));
  const { notes } = data;
  const warnings = [
    ...refused.map((message) => `${message} A training refuses this.`),
    ...data.warnings.filter((warning) => !refused.includes(warning)),
  ];
  onRead({ notes, warnings });
  const config = decidedConfig(asked, data);

  const stacks = data.stacks.map((stack) => ({ ...stack, sections: previewSections(stack) }));
  const most = Math.max(LEAST_SECTIONS, Math.ceil(SECTIONS / stacks.length));
  const shown = stacks.flatMap(({ sections }) => chosen(sections, most));
  const sections = stacks.flatMap((stack) => stack.sections);
  const { windows, shares } = await firstWindows(config, data, WINDOWS);
  const facts: Row[] = [];
  let trained = 0;
  for (const stack of stacks) {
    facts.push(...(await factsOf(config, stack, stack.train === null ? 0 : (shares[trained++] as number))));
  }
  let done = 0;
  const draw = async (...[image, side]: Parameters<typeof drawPair>) => {
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

  const page = {
    title: `What a training sees of ${nameOf(config)}`,
    subtitle:
      'Look at this before you train: are the membranes where the labels say, and do the windows look like tissue?',
    facts,
    sections: sectionFigures,
    total: sections.length,
    isMoved: stacks.some(({ labelOffset }) => labelOffset !== null),
    isPartial: sections.some(({ labels }) => labels.data.includes(IGNORED)),
    windows: windowFigures,
    charts: stacks.flatMap(charts),
    table: [
      ['Section', 'Use', 'Membrane', 'Mean', 'Deviation'],
      ...sections.map((one) => [
        one.stack === null ? String(one.number) : `${one.stack}, ${one.number}`,
        one.isHeldOut ? 'held out' : 'trained on',
        percent(one.membrane),
        rounded(one.own.mean),
        rounded(one.own.std),
      ]),
    ],
  };
  return { notes, warnings, config, page };
}

/** What the page is called after: the folder of the images, or the file where that says more. */
function nameOf({ data }: TrainConfig): string {
  if (data.kind === 'phantom') return 'the phantom';
  if (data.kind === 'several') return data.stacks.map(({ name }) => name).join(', ');
  return `${basename(dirname(data.images))}/${basename(data.images)}`;
}

/** Sections to show, in order: some that are trained on, evenly spread, some that are held out, and some unlike their neighbours. */
function chosen(all: readonly PreviewSection[], most: number): readonly PreviewSection[] {
  const heldOut = evenly(
    all.filter(({ isHeldOut }) => isHeldOut),
    HELD_OUT,
  );
  const trained = all.filter(({ isHeldOut }) => !isHeldOut);
  const unlike = unlikeNeighbours(all).slice(0, UNLIKE);
  const shown = new Set([...evenly(trained, most - heldOut.length), ...heldOut, ...unlike]);
  return all.filter((section) => shown.has(section));
}

function sectionText(section: PreviewSection): Omit<Shown, keyof Pair> {
  const { isHeldOut, membrane } = section;
  const name = sectionName(section);
  const text = { caption: `${name}: ${percent(membrane)} membrane`, alt: name };
  return isHeldOut ? { ...text, mark: 'Held out.', alt: `${text.alt}, held out` } : text;
}

function charts({ name, train, heldOut: held, sections }: PreviewStack): readonly Chart[] {
  const unlike = unlikeNeighbours(sections);
  const { images, by } = (train ?? held) as NormalisedSections;
  const all = by.normalise === 'section' ? null : by.normalisation;
  const of = name === null ? '' : `${name}: `;
  const use = train === null ? 'held out' : 'trained on';
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
      drawing: histogramChart(histogramOf(images.data), all),
      caption: `${of}Grey values of the sections that are ${use}${all === null ? '' : ', and the mean and deviation that normalise them'}.`,
    },
    {
      drawing: greyChart(sections, all),
      caption: `${of}Mean and deviation of the grey values by section. ${byThis}${heldOut}`,
    },
    {
      drawing: membraneChart(sections, new Set(unlike)),
      caption: `${of}Share of membrane by section.${heldOut} ${odd}`,
    },
  ];
}
