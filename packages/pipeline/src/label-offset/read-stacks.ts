import type { GreyStack } from '@dilated-unet/core';
import type { OnProgress } from '@dilated-unet/host';
import { requireContrast, type LabelOptions, type StackSelection } from '@dilated-unet/stacks';
import { beyondMemory, loadDataset, parseTrainConfig, type NormalisedSections } from '@dilated-unet/trainer';
import { interpretBeside, readBesideLabels } from '../scoring/read-stacks.ts';
import { labelComplaints } from './complaints.ts';

/** Images and labels, as paths; absolute ones. */
export interface BesidePaths {
  readonly images: string;
  readonly labels: string;
  readonly select: StackSelection;
}

/** What offsets are measured on. */
export interface MeasuredSections {
  readonly images: GreyStack;
  /** 1 interior, 0 membrane, `IGNORED` of stacks where they do not count. */
  readonly labels: GreyStack<Uint8Array>;
  /** The section that each is, or is a part of, from 1. */
  readonly numbers: readonly number[];
  readonly notes: readonly string[];
  /** What a reader of the files decided, and what a training would refuse, or warn of. */
  readonly complaints: readonly string[];
}

/**
 * Reads a stack, whole or, where a training would leave it in its files, the parts on which that measures it.
 *
 * @throws as `readBesideLabels` and `interpretBeside`, and as `loadDataset` of the trainer.
 */
export async function readMeasured(
  paths: BesidePaths,
  how: LabelOptions<string>,
  onProgress: OnProgress,
): Promise<MeasuredSections> {
  const { images: path, labels: labelsPath, select } = paths;
  const phase = 'comparing labels and images';
  onProgress({ phase });
  const { ignoreMask, ...rules } = how;
  const stack = { images: path, labels: labelsPath, ignoreMask, select };
  if ((await beyondMemory([{ ...stack, name: null }])) !== null) {
    const config = parseTrainConfig({
      ...{ network: { name: 'unet' }, schedule: {}, holdOut: 0, window: SMALLEST_WINDOW },
      ...{ data: { kind: 'stacks', ...stack }, ...rules },
    });
    const read = await loadDataset(config, (done, total) => onProgress({ phase, done, total }));
    const [{ train, partPlaces, places }] = read.stacks as [(typeof read.stacks)[number]];
    const { images, labels } = train as NormalisedSections;
    const numbers = (partPlaces ?? places.train).map((z) => z + 1);
    return { images, labels, numbers, notes: read.notes, complaints: read.warnings };
  }
  const beside = { what: 'stack of images', path, select, areImages: true };
  const files = await readBesideLabels(labelsPath, beside, how);
  const images = files.stack;
  const { labels, labelKind, note } = interpretBeside(files, how);
  requireContrast(images, path, files.counted.ignored);
  const names = { images: path, labels: labelsPath };
  const complaints = [...files.notes, ...labelComplaints({ images, labels, names, labelKind })];
  const numbers = Array.from({ length: images.depth }, (_, z) => z + 1);
  return { images, labels, numbers, notes: note === null ? [] : [note], complaints };
}

/** Of a training; parts lie about windows. */
const SMALLEST_WINDOW = 32;
