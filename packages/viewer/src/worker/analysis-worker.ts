/** Keeps the probabilities of finished sections, and makes of them cells, measures and files. */
import {
  cellInstances,
  evaluateSection,
  InvalidImageError,
  MEASURES,
  summariseSections,
  type CellInstances,
  type GreyImage,
} from '@dilated-unet/core';
import {
  interpretLabels,
  readSection,
  type LabelKind,
  type PixelSize,
  type StackSelection,
  type StackSource,
} from '@dilated-unet/stacks';
import type { StackFacts } from '../image/pyramid.ts';
import { openStackPlace, placeName, type StackPlace } from '../image/stack-place.ts';
import { colourNumbers } from '../results/colour-numbers.ts';
import { encodeResult, type SavedKind } from '../results/encode-result.ts';
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

  /** The cells of a finished section. */
  cells({ z, threshold, minSize }: CellsRequest): ScreenCells {
    if (last?.z !== z || last.threshold !== threshold) {
      last = { z, threshold, cells: cellInstances(sectionOf(z), { threshold }) };
    }
    const { count, colours } = colourNumbers(last.cells, minSize);
    return moved({ count, colours }, [colours.buffer]);
  },

  /** The file of a result. @throws InvalidImageError for a PNG of several sections. */
  save(request: SaveRequest, { tell }: CallContext<{ readonly done: number }>): Promise<Blob> {
    return encodeResult({ ...request, ...size, sectionOf, onSection: (done) => tell({ done }) });
  },

  /** Opens the labels with which sections are compared, in place of those before. */
  async openLabels(
    { place, selection }: { readonly place: StackPlace; readonly selection: StackSelection },
    { signal }: CallContext,
  ): Promise<Omit<StackFacts, 'levels'> & { readonly selection: StackSelection }> {
    const source = await openStackPlace(place, { ...selection, signal, labels: true });
    await labels?.source.close?.();
    labels = { source, name: placeName(place) };
    const { shape, dtype, pixelSize = null } = source;
    return { shape, dtype, pixelSize, selection };
  },

  async closeLabels(_: object): Promise<void> {
    await labels?.source.close?.();
    labels = undefined;
  },

  /** Labels of a section for the screen: 1 membrane, 2 interior; axes y, x. */
  async labels({
    z,
    kind,
  }: {
    readonly z: number;
    readonly kind: LabelKind;
  }): Promise<GreyImage<Uint8Array<ArrayBuffer>>> {
    const { width, height, data } = await labelsOf(z, kind);
    const shown = data.map((value) => value + 1);
    return moved({ width, height, data: shown }, [shown.buffer]);
  },

  /** The measures of a finished section beside its labels. */
  async scores({ z, kind }: { readonly z: number; readonly kind: LabelKind }): Promise<readonly Score[]> {
    const stack = summariseSections([evaluateSection(sectionOf(z), await labelsOf(z, kind))]);
    return MEASURES.filter(({ headline }) => headline).map((measure) => ({
      name: measure.name,
      value: measure.of(stack).toFixed(measure.digits),
      better: measure.better,
    }));
  },
};

export type AnalysisCalls = typeof calls;

function sectionOf(z: number): GreyImage<Float32Array> {
  const data = sections.get(z);
  if (data === undefined) throw new InvalidImageError(`Section ${z + 1} is not segmented.`);
  return { ...size, data };
}

async function labelsOf(z: number, kind: LabelKind): Promise<GreyImage<Uint8Array<ArrayBuffer>>> {
  if (labels === undefined) throw new InvalidImageError('No labels are open.');
  const { source, name } = labels;
  const stored = { ...(await readSection(source, z)), depth: 1 };
  const context = { name: `${name}, section ${z + 1}`, pixelSize: source.pixelSize };
  return interpretLabels(stored, { labelKind: kind }, context).labels;
}

answer(calls);
