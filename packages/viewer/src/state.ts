/** All that the page knows and shows, in one place. Components read it; only the actions write it. */
import {
  decidePixelSize,
  knownPixelSize,
  type GreyOptions,
  type PixelSides,
  type PixelSizeDecision,
} from '@dilated-unet/core';
import type { PrecisionOption } from '@dilated-unet/model-package';
import type { DevicePreference } from '@dilated-unet/runtime-web';
import type { LabelKind, PixelSize, StackSelection } from '@dilated-unet/stacks';
import { computed, signal } from '@preact/signals';
import type { Histogram } from './image/histogram.ts';
import type { StackFacts } from './image/pyramid.ts';
import type { StackPlace } from './image/stack-place.ts';
import type { Camera, Size } from './view/camera.ts';
import type { Shown } from './view/scene.ts';
import type { SectionScores } from './worker/analysis-worker.ts';
import type { LoadedModel } from './worker/segment-worker.ts';

/** A model that can be chosen. */
export interface OfferedModel {
  /** As the list and links call it. */
  readonly name: string;
  /** Its file, or the address of it. */
  readonly file: Blob | string;
  /** On which images it works, in a few words. */
  readonly about: string;
  /** Under what it may be used; null where that is known when it is loaded. */
  readonly terms: string | null;
}

export interface OpenStack extends StackFacts {
  /** Whether it came with the page. */
  readonly isBundled: boolean;
  readonly name: string;
  readonly place: StackPlace;
  readonly selection: StackSelection;
}

/** Labels with which results are compared. */
export type OpenLabels = Omit<OpenStack, 'levels' | 'selection' | 'isBundled'>;

/** What is known of a section. */
export interface SectionResult {
  /** Number of the painter's map of its probabilities. */
  readonly map: number;
  readonly isWhole: boolean;
  /** Whether it is in a file. */
  readonly isSaved: boolean;
}

/** The cells of a section at a threshold. */
export interface SectionCells {
  readonly z: number;
  /** Number of the painter's map of their colours. */
  readonly map: number;
  readonly count: number;
}

/** What a run does now. */
export interface Progress {
  readonly phase: 'loading' | 'measuring' | 'segmenting' | 'saving';
  /** Share that is done, 0 ... 1; null where it is not known. */
  readonly share: number | null;
  readonly tiles: string;
  readonly megapixelsPerSecond: number | null;
  readonly secondsLeft: number | null;
}

/** Why something failed, and what mends it. */
export interface Failure {
  readonly text: string;
  readonly remedy: GreyOptions | null;
  /** What must be chosen of a file with several images, channels or times, and what opens it so; null where nothing must. */
  readonly choice: PlaneChoice | null;
}

export interface PlaneChoice {
  readonly planes: readonly PlaneName[];
  readonly open: (selection: StackSelection) => void;
}

/** What a file may have several of. */
export type PlaneName = 'image' | 'channel' | 'time';

/** What the segmenting worker has loaded, and as what it was asked for. */
export interface HeldModel {
  readonly offered: OfferedModel;
  readonly device: DevicePreference;
  readonly precision: PrecisionOption;
  readonly facts: LoadedModel;
}

export const models = signal<readonly OfferedModel[]>([]);
export const model = signal<OfferedModel | null>(null);
/** The model that the segmenting worker has; it may be another than the chosen one. */
export const held = signal<HeldModel | null>(null);
/** What is known of the chosen model; null before it is loaded. */
export const loaded = computed(() =>
  held.value !== null && held.value.offered === model.value ? held.value.facts : null,
);
export const device = signal<DevicePreference>('auto');
export const precision = signal<PrecisionOption>('auto');
/** Largest side of a tile, pixels; null leaves it to the segmenter. */
export const tile = signal<number | null>(null);

export const stack = signal<OpenStack | null>(null);
/** Section in view, from 0. */
export const z = signal(0);
export const camera = signal<Camera>({ x: 0, y: 0, zoom: 1 });
/** The pixel of the section under the pointer; null where there is none. */
export const pointed = signal<{ readonly x: number; readonly y: number } | null>(null);
/** What is known of a pixel, once the pointer rests there. */
export const pointedValues = signal<{
  readonly at: { readonly x: number; readonly y: number };
  readonly grey: number;
  /** Probability of interior; null where nothing is segmented. */
  readonly interior: number | null;
} | null>(null);
/** Of the stage, CSS pixels. */
export const stage = signal<Size>({ width: 1, height: 1 });
export const histogram = signal<Histogram | null>(null);
/** Grey values shown as black and white; null shows all that the type has, or that occur. */
export const contrast = signal<readonly [black: number, white: number] | null>(null);
/** Nanometres of a pixel as the user says; null leaves it to the file. */
export const saidPixelSize = signal<number | null>(null);
/** Nanometres of a pixel of the model as the user says, where the model does not know it. */
export const saidModelPixelSize = signal<number | null>(null);

export const show = signal<Shown | 'nothing'>('membrane');
/** Whether what is drawn over the image is hidden, as long as a key is held. */
export const hidesResult = signal(false);
export const layout = signal<'over' | 'side' | 'swipe'>('over');
export const swipe = signal(0.5);
export const opacity = signal(0.6);
export const threshold = signal(0.5);
/** Smallest cell that is shown, pixels. */
export const minSize = signal(0);

export const normalise = signal<'model' | 'section' | 'stack'>('model');
export const black = signal<number | null>(null);
export const white = signal<number | null>(null);
export const invert = signal(false);

export const results = signal<ReadonlyMap<number, SectionResult>>(new Map());
export const cells = signal<SectionCells | null>(null);
/** Whether sections are segmented as they come into view. */
export const following = signal(false);
/** Whether what runs is all sections, which a change of the section in view does not end. */
export const isBatch = signal(false);
export const progress = signal<Progress | null>(null);
/** How the last run went. */
export const lastRun = signal<{
  readonly seconds: number;
  readonly tiles: string;
  readonly megapixelsPerSecond: number;
} | null>(null);

export const labels = signal<OpenLabels | null>(null);
/** Whether there are any of the section in view. */
export const isLabelled = computed(() => labels.value !== null && z.value < labels.value.shape[0]);
export const labelKind = signal<LabelKind>('interior');
/** Value of the labels at pixels that do not count; null where all do. */
export const ignoredLabel = signal<number | null>(null);
export const labelMap = signal<{ readonly z: number; readonly map: number } | null>(null);
export const scores = signal<SectionScores | null>(null);

export const status = signal('');
export const failure = signal<Failure | null>(null);
/** What was decided that one may not expect. */
export const notes = signal<readonly string[]>([]);
export const theme = signal<'auto' | 'light' | 'dark'>('auto');

/** The result of the section in view. */
export const result = computed(() => results.value.get(z.value) ?? null);
export const isRunning = computed(() => progress.value !== null);

const asked = computed(() => square(saidPixelSize.value));

/** Nanometres of a pixel; null where neither the file nor the user says it. */
export const pixelSize = computed<PixelSize | null>(
  () => knownPixelSize({ asked: asked.value, stated: stack.value?.pixelSize ?? undefined }) ?? null,
);

/** How sections are brought to the pixels of the model, once it is loaded; one that does not know its own takes them as they are. */
export const pixelDecision = computed<PixelSizeDecision>(() => {
  if (loaded.value === null) return { rescale: null, note: null };
  const model = loaded.value.model.pixelSize ?? square(saidModelPixelSize.value);
  if (model === undefined) {
    const unknown =
      'The model does not know the size of its pixels: sections are taken as they are. Say it with `modelPixelSize`.';
    return { rescale: null, note: asked.value === undefined ? null : unknown };
  }
  return decidePixelSize({ asked: asked.value, stated: stack.value?.pixelSize ?? undefined, model });
});

function square(nanometres: number | null): PixelSides | undefined {
  return nanometres === null ? undefined : { y: nanometres, x: nanometres };
}

/** Grey values shown as black and white now. */
export const shownContrast = computed<readonly [number, number]>(() => {
  if (contrast.value !== null) return contrast.value;
  if (stack.value?.dtype === 'uint8' || histogram.value === null) return [0, 255];
  const { lowest, highest } = histogram.value;
  return [lowest, highest > lowest ? highest : lowest + 1];
});

/** How grey values are read; null while only one of black and white is given. */
export const greyOptions = computed<GreyOptions | null>(() => {
  const read = { normalise: normalise.value, invert: invert.value };
  if (normalise.value !== 'model' || (black.value === null && white.value === null)) return read;
  if (black.value === null || white.value === null) return null;
  return { ...read, greyRange: [black.value, white.value] };
});
