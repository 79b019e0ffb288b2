import { errorToData } from '@dilated-unet/core';
import { vi } from 'vitest';
import type { StackFacts } from '../../src/image/pyramid.ts';
import type { StackPlace } from '../../src/image/stack-place.ts';
import type { OfferedModel } from '../../src/state.ts';
import type { CallContext } from '../../src/worker/rpc.ts';
import type { LoadedModel } from '../../src/worker/segment-worker.ts';

/** What the workers of the page answer, by their names and those of the calls; other calls are answered with nothing. */
export type Answers = Partial<
  Record<
    'reader' | 'painter' | 'analyst' | 'segmenter',
    Readonly<Record<string, (argument: never, context: CallContext<unknown>) => unknown>>
  >
>;

/** The state and the actions of a page that has just been opened, in Node: workers and document are doubles. */
export async function openActions(answers: Answers = {}) {
  vi.resetModules();
  const downloads: string[] = [];
  vi.stubGlobal('Worker', workerOf(answers));
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('addEventListener', () => undefined);
  vi.stubGlobal('location', new URL('https://viewer.test/'));
  vi.stubGlobal('history', { replaceState: () => undefined });
  vi.stubGlobal('confirm', () => true);
  vi.stubGlobal('document', {
    baseURI: 'https://viewer.test/',
    documentElement: { dataset: {} },
    createElement: () => ({
      download: '',
      click() {
        downloads.push(this.download);
      },
    }),
  });
  return {
    downloads,
    state: await import('../../src/state.ts'),
    ...(await import('../../src/actions/compare.ts')),
    ...(await import('../../src/actions/effects.ts')),
    ...(await import('../../src/actions/link.ts')),
    ...(await import('../../src/actions/models.ts')),
    ...(await import('../../src/actions/open.ts')),
    ...(await import('../../src/actions/paint.ts')),
    ...(await import('../../src/actions/pixel-size.ts')),
    ...(await import('../../src/actions/sample.ts')),
    ...(await import('../../src/actions/save.ts')),
    ...(await import('../../src/actions/segment.ts')),
    ...(await import('../../src/actions/take-files.ts')),
    ...(await import('../../src/actions/view.ts')),
  };
}

/** A file of the user's. */
export function placeOf(name: string): StackPlace {
  return { kind: 'file', file: new File([], name) };
}

/** Of a stack of three sections. */
export function stackFacts(facts: Partial<StackFacts> = {}): StackFacts {
  const [height, width] = [96, 128];
  return {
    shape: [3, height, width],
    dtype: 'uint8',
    pixelSize: null,
    levels: [{ factor: 1, width, height }],
    ...facts,
  };
}

export function offeredModel(name: string): OfferedModel {
  return { name, file: `https://viewer.test/${name}.onnx`, about: 'a test', terms: null };
}

/** What is known of a model once it is loaded. @param pixelSize nanometres. */
export function loadedModel(pixelSize?: number): LoadedModel {
  const sides = pixelSize === undefined ? null : { y: pixelSize, x: pixelSize };
  const model: LoadedModel['model'] = { name: 'test', terms: null, forms: [], pixelSize: sides };
  return { device: 'wasm', precision: 'fp32', adapter: null, fallbackReason: null, model };
}

/** A promise that is resolved from outside. */
export function held<T = void>(): { readonly promise: Promise<T>; readonly release: (value: T) => void } {
  let release: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => (release = resolve));
  return { promise, release };
}

type Message = { readonly id: number; readonly call: string; readonly argument: unknown } | { readonly abort: number };

function workerOf(answers: Answers): unknown {
  return class extends EventTarget {
    readonly #name: keyof Answers;
    readonly #running = new Map<number, AbortController>();

    constructor(_: URL, { name }: { readonly name: keyof Answers }) {
      super();
      this.#name = name;
    }

    postMessage(message: Message): void {
      if ('abort' in message) this.#running.get(message.abort)?.abort();
      else void this.#answer(message);
    }

    async #answer({ id, call, argument }: Exclude<Message, { abort: number }>): Promise<void> {
      const control = new AbortController();
      this.#running.set(id, control);
      const reply = (data: object): boolean =>
        this.dispatchEvent(new MessageEvent('message', { data: { id, ...data } }));
      const context = { signal: control.signal, tell: (event: unknown) => reply({ event }) };
      try {
        reply({ value: await answers[this.#name]?.[call]?.(argument as never, context) });
      } catch (error) {
        reply({ error: errorToData(error), remedy: null });
      }
    }
  };
}
