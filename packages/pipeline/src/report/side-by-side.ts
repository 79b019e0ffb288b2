import { section, type GreyStack } from '@dilated-unet/core';
import { legendOf } from '../pictures/overlay.ts';
import { paintMembranes, stretch } from '../pictures/paint.ts';
import { composeSheet, type Cell } from '../pictures/panel.ts';
import type { Picture } from './markdown.ts';
import { scoredSections, type ShownTrial } from './material.ts';
import { variantName } from './measures.ts';

const LARGEST_PANEL = 512;
/** Sharp enough for single pixels of membrane, at a fifth of the size of a PNG. */
export const JPEG = { quality: 82, chromaSubsampling: '4:4:4', mozjpeg: true } as const;

/** The section of a block on which the networks score worst. */
export interface HardestSection {
  /** Trials of different networks, of one fold and seed. */
  readonly trials: readonly ShownTrial[];
  /** Place in the block, from 0. */
  readonly place: number;
  /** V_Rand of each trial on that section. */
  readonly vRand: readonly number[];
}

/** @returns null where fewer than two networks were scored, section by section, on the same fold with the same seed. */
export function hardestSection(shown: readonly ShownTrial[]): HardestSection | null {
  const [first] = shown;
  const trials = shown.filter(({ trial }) => trial.fold === first?.trial.fold && trial.seed === first.trial.seed);
  const scores = trials.map(({ result }) => result.heldOut?.plain.perSection.map(({ vRand }) => vRand) ?? []);
  const depth = scores[0]?.length ?? 0;
  if (trials.length < 2 || depth === 0 || scores.some(({ length }) => length !== depth)) return null;
  const at = (k: number): number[] => scores.map((own) => own[k] as number);
  const mean = (k: number): number => at(k).reduce((sum, score) => sum + score, 0);
  const scored = Array.from({ length: depth }, (_, k) => k);
  const k = scored.reduce((worst, one) => (mean(one) < mean(worst) ? one : worst));
  // Sections that are not labelled have no scores.
  const { section: number } = first?.result.heldOut?.plain.perSection[k] ?? { section: k + 1 };
  return { trials, place: number - 1, vRand: at(k) };
}

/**
 * One section as a micrograph and as each network sees it, errors in colour.
 *
 * @throws InvalidImageError for unreadable files.
 */
export async function sideBySide({ trials, place, vRand }: HardestSection): Promise<Picture> {
  const cells: Cell[] = [];
  const drawn: GreyStack[] = [];
  for (const [i, one] of trials.entries()) {
    const { images, labels, interior } = await scoredSections(one);
    drawn.push(labels);
    const image = section(images, place);
    const { width, height } = image;
    if (i === 0) {
      const lines = [`section ${place + 1} of ${images.depth}`];
      cells.push({ lines, panels: [{ width, height, data: stretch(image), channels: 1 }] });
    }
    const data = paintMembranes(image, section(interior, place), section(labels, place));
    const lines = [`${variantName(one.trial.variant)}: V_Rand ${(vRand[i] as number).toFixed(4)}`];
    cells.push({ lines, panels: [{ width, height, data, channels: 3 }] });
  }
  const header = drawn.slice(0, 1).map((labels) => legendOf(section(labels, place)));
  const { image, ...size } = await composeSheet({ header, cells, columns: 3, side: LARGEST_PANEL });
  const names = trials.map(({ trial }) => variantName(trial.variant)).join(', ');
  return {
    name: 'hardest-section.jpg',
    content: await image.jpeg(JPEG).toBuffer(),
    type: 'image/jpeg',
    ...size,
    alt: `One section as micrograph and with the membranes that ${names} find, miss and invent.`,
  };
}
