/** Holds the model and segments sections; grey values are measured, normalised and cut here, away from the page. */
import type { GreyOptions, PixelSides, PixelSizeDecision } from '@dilated-unet/core';
import type { PrecisionOption } from '@dilated-unet/model-package';
import {
  createSegmenter,
  type AdapterDescription,
  type DevicePreference,
  type ModelFacts,
  type WebDevice,
  type WebSegmenter,
} from '@dilated-unet/runtime-web';
import type { StackSelection, StackSource } from '@dilated-unet/stacks';
import { openStackPlace, type StackPlace } from '../image/stack-place.ts';
import { StackSegmenter } from '../segment/segment-section.ts';
import { answer, type CallContext } from './rpc.ts';

/** Which model, and where it runs. */
export interface ModelRequest {
  /** Its file, or the address of it. */
  readonly model: Blob | string;
  readonly device: DevicePreference;
  readonly precision: PrecisionOption;
}

/** What runs. */
export interface DeviceFacts {
  readonly device: WebDevice;
  readonly precision: string;
  readonly adapter: AdapterDescription | null;
  readonly fallbackReason: string | null;
}

export interface LoadedModel extends DeviceFacts {
  readonly model: Pick<ModelFacts, 'name' | 'terms' | 'forms'> & {
    /** That it was trained on, nanometres; null where it does not know. */
    readonly pixelSize: PixelSides | null;
  };
}

/** A stack as it is to be read. */
export interface StackRequest {
  readonly place: StackPlace;
  readonly selection: StackSelection;
}

export interface SegmentRequest {
  readonly z: number;
  readonly grey: GreyOptions;
  readonly tile: number | undefined;
  readonly rescale: PixelSizeDecision['rescale'];
}

/** A finished part of a section. */
export interface TileEvent {
  readonly kind: 'tile';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Probability of interior; axes y, x. */
  readonly probabilities: Float32Array<ArrayBuffer>;
  /** The same for the screen, 1 ... 255. */
  readonly levels: Uint8Array<ArrayBuffer>;
  readonly done: number;
  readonly total: number;
  readonly device: DeviceFacts;
}

export type SegmentEvent =
  | TileEvent
  | { readonly kind: 'measuring'; readonly done: number; readonly total: number }
  | { readonly kind: 'note'; readonly note: string }
  /** The model must be loaded again: its worker crashed. */
  | { readonly kind: 'gone' };

let segmenter: WebSegmenter | undefined;
let source: StackSource | undefined;
let stack: StackSegmenter | undefined;
let focus = { x: 0, y: 0 };

const calls = {
  /** Loads a model in place of the one before. */
  async load({ model, device, precision }: ModelRequest, { signal }: CallContext): Promise<LoadedModel> {
    const before = segmenter;
    segmenter = stack = undefined;
    await before?.dispose();
    const file = typeof model === 'string' ? model : await model.arrayBuffer();
    segmenter = await createSegmenter({ model: file, device, precision, signal });
    const { name, terms, forms } = segmenter.model;
    return { ...deviceOf(segmenter), model: { name, terms, forms, pixelSize: segmenter.card.pixelSize ?? null } };
  },

  /** Opens the stack whose sections are segmented. */
  async open({ place, selection }: StackRequest, { signal }: CallContext): Promise<void> {
    await source?.close?.();
    source = stack = undefined;
    const opened = await openStackPlace(place, { ...selection, signal });
    if (signal.aborted) await opened.close?.();
    signal.throwIfAborted();
    source = opened;
  },

  /** Says where one looks, pixels of the section: tiles there come first. */
  look({ x, y }: { readonly x: number; readonly y: number }): void {
    focus = { x, y };
  },

  /** Segments a section; its parts are told as they finish. */
  async segment(
    { z, grey, tile, rescale }: SegmentRequest,
    { signal, tell }: CallContext<SegmentEvent>,
  ): Promise<void> {
    if (segmenter === undefined || source === undefined) throw new TypeError('No model or no image is loaded.');
    const running = segmenter;
    stack ??= new StackSegmenter(running, source);
    const parts = stack.section({
      ...{ z, grey, tile, rescale, signal },
      focus: () => focus,
      onMeasured: (done, total) => tell({ kind: 'measuring', done, total }),
      onNote: (note) => tell({ kind: 'note', note }),
    });
    try {
      for await (const { x, y, width, height, data, done, total } of parts) {
        const probabilities = data as Float32Array<ArrayBuffer>;
        const levels = forScreen(probabilities);
        const part = { x, y, width, height, probabilities, levels, done, total, device: deviceOf(running) };
        tell({ kind: 'tile', ...part }, [probabilities.buffer, levels.buffer]);
      }
    } catch (error) {
      if (running.isGone) tell({ kind: 'gone' });
      throw error;
    }
  },
};

export type SegmentCalls = typeof calls;

function deviceOf({ device, precision, adapter, fallbackReason }: WebSegmenter): DeviceFacts {
  return { device, precision, adapter, fallbackReason };
}

/** Probabilities in 255 steps; 0 stays for what is not known. */
function forScreen(probabilities: Float32Array): Uint8Array<ArrayBuffer> {
  const levels = new Uint8Array(probabilities.length);
  for (let i = 0; i < levels.length; i++) levels[i] = 1.5 + (probabilities[i] as number) * 254;
  return levels;
}

answer(calls);
