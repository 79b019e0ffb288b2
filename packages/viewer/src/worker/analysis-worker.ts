/** Keeps the probabilities of finished sections, and makes of them cells, measures and files. */
import {
  cellInstances,
  countedValues,
  evaluateSection,
  InvalidImageError,
  MEASURES,
  summariseSections,
  type CellInstances,
  type GreyImage,
} from '@dilated-unet/core';
import {
  IGNORED,
  interpretLabels,
  readSection,
  type LabelKind,
  type PixelSize,
  type StackSource,
} from '@dilated-unet/stacks';
import type { StackFacts } from '../image/pyramid.ts';
import { requireSameSize } from '../image/same-size.ts';
import { openStackPlace, placeName, type StackPlace } from '../image/stack-place.ts';
import { colourNumbers } from '../results/colour-numbers.ts';
import { encodeResult, type SavedKind } from '../results/encode-result.ts';
import type { PixelRequest } from './image-worker.ts';
import { answer, moved, type CallContext } from './rpc.ts';

/** A part of a section's probabilities. */
interface PartRequest {
  readonly z: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Axes y, x. */
  readonly probabilities: Float32Array<ArrayBuffer>;
}

export interface CellsRequest {
  readonly z: number;
  readonly threshold: number;
  /** Smallest cell that is kept, pixels. */
  readonly minSize: number;
}

/** The cells of a section as the screen shows them. */
export interface ScreenCells {
  /** Number of cells that are kept. */
  readonly count: number;
  /** Number of a colour, 1 ... 255; 0 where no kept cell is. Axes y, x. */
  readonly colours: Uint8Array<ArrayBuffer>;
}

export interface SaveRequest {
  readonly kind: SavedKind;
  readonly format: 'tiff' | 'png';
  /** Sections, in order. */
  readonly sections: readonly number[];
  readonly threshold: number;
  readonly minSize: number;
  readonly pixelSize: PixelSize | null;
}

/** The labels of a section, and how they are read. */
export interface LabelsRequest {
  readonly z: number;
  readonly kind: LabelKind;
  /** Value at pixels that do not count; null where all do. */
  readonly ignore: number | null;
}

/** The measures of a section. */
export interface SectionScores {
  /** None where no pixel counts. */
  readonly scores: readonly Score[];
  /** Share of the pixels that count, 0 ... 1. */
  readonly counted: number;
}

/** A measure with its value, as tables show it. */
export interface Score {
  readonly name: string;
  readonly value: string;
  readonly better: 'higher' | 'lower';
}

let size = { width: 0, height: 0 };
let labels: { readonly source: StackSource; readonly name: string } | undefined;
const sections = new Map<number, Float32Array>();
/** The cells that were computed last, before small ones are left out. */
let last: { readonly z: number; readonly threshold: number; readonly cells: CellInstances } | undefined;

const calls = {
  /** Begins with sections of another size; what there was is dropped. */
  begin({ width, height }: { readonly width: number; readonly height: number }): void {
    size = { width, height };
    sections.clear();
    last = undefined;
  },

  /** Drops a section. */
  drop({ z }: { readonly z: number }): void {
    sections.delete(z);
    if (last?.z === z) last = undefined;
  },

  add({ z, x, y, width, height, probabilities }: PartRequest): void {
    const whole = sections.get(z) ?? new Float32Array(size.width * size.height);
    sections.set(z, whole);
    if (last?.z === z) last = undefined;
    for (let row = 0; row < height; row++) {
      whole.set(probabilities.subarray(row * width, (row + 1) * width), (y + row) * size.width + x);
    }
  },

  /** The probability of interior at a pixel of a finished section. */
  value({ z, x, y }: PixelRequest): number {
    return sectionOf(z).data[y * size.width + x] as number;
  },

  /** The cells of a finished section. */
  cells({ z, threshold, minSize }: CellsRequest): ScreenCells {
    if (last?.z !== z || last.threshold !== threshold) {
      last = { z, threshold, cells: cellInstances(sectionOf(z), { threshold }) };
    }
    const { count, colours } = colourNumbers(last.cells, minSize);
    return moved({ count, colours }, [colours.buffer]);
  },

  /** The file of what sections are now; they may be dropped meanwhile. @throws InvalidImageError for a PNG of several sections. */
  save(request: SaveRequest, { tell }: CallContext<{ readonly done: number }>): Promise<Blob> {
    return encodeResult({
      ...request,
      sections: request.sections.map(sectionOf),
      onSection: (done) => tell({ done }),
    });
  },

  /** Opens the labels with which sections are compared, in place of those before; these stay where it fails. */
  async openLabels(
    { place, images }: { readonly place: StackPlace; readonly images: StackFacts['shape'] },
    { signal }: CallContext,
  ): Promise<Omit<StackFacts, 'levels'>> {
    const source = await openStackPlace(place, { signal, labels: true });
    const { shape, dtype, pixelSize = null } = source;
    const name = placeName(place);
    try {
      signal.throwIfAborted();
      requireSameSize(name, shape, images);
    } catch (error) {
      await source.close?.();
      throw error;
    }
    const before = labels;
    labels = { source, name };
    await before?.source.close?.();
    return { shape, dtype, pixelSize };
  },

  async closeLabels(_: object): Promise<void> {
    const before = labels;
    labels = undefined;
    await before?.source.close?.();
  },

  /** Labels of a section for the screen: 1 membrane, 2 interior, 0 where they do not count; axes y, x. */
  async labels(request: LabelsRequest): Promise<GreyImage<Uint8Array<ArrayBuffer>>> {
    const { width, height, data } = await labelsOf(request);
    const shown = data.map((value) => (value === IGNORED ? 0 : value + 1));
    return moved({ width, height, data: shown }, [shown.buffer]);
  },

  /** The measures of a finished section beside its labels. */
  async scores(request: LabelsRequest): Promise<SectionScores> {
    const labelled = await labelsOf(request);
    const counted = countedValues(labelled.data, IGNORED) / labelled.data.length;
    if (counted === 0) return { scores: [], counted };
    const stack = summariseSections([evaluateSection(sectionOf(request.z), labelled, { ignore: IGNORED })]);
    const scores = MEASURES.filter(({ headline }) => headline).map((measure) => ({
      name: measure.name,
      value: measure.of(stack).toFixed(measure.digits),
      better: measure.better,
    }));
    return { scores, counted };
  },
};

export type AnalysisCalls = typeof calls;

function sectionOf(z: number): GreyImage<Float32Array> {
  const data = sections.get(z);
  if (data === undefined) throw new InvalidImageError(`Section ${z + 1} is not segmented.`);
  return { ...size, data };
}

/** 1 interior, 0 membrane, `IGNORED` where they do not count. */
async function labelsOf({ z, kind, ignore }: LabelsRequest): Promise<GreyImage<Uint8Array<ArrayBuffer>>> {
  if (labels === undefined) throw new InvalidImageError('No labels are open.');
  const { source, name } = labels;
  const stored = { ...(await readSection(source, z)), depth: 1 };
  const { width, height, data } = stored;
  // Of a stack, sections in which nothing is labelled are passed over; of one section, it would be an error.
  if (ignore !== null && data.every((value) => value === ignore)) {
    return { width, height, data: new Uint8Array(data.length).fill(IGNORED) };
  }
  const context = {
    name: `${name}, section ${z + 1}`,
    pixelSize: source.pixelSize,
    isPart: source.shape[0] > 1,
    // Other sections may have the value that this one lacks: the share that counts says so.
    onLacking: () => undefined,
  };
  return interpretLabels(stored, { labelKind: kind, ignore: ignore ?? undefined }, context).labels;
}

answer(calls);
