import { setTimeout } from 'node:timers/promises';
import { beforeEach, expect, it, vi } from 'vitest';

/** What has been opened, by its name, and released: `slow` when the test says. */
const { stacks, release } = vi.hoisted(() => {
  const released: (() => void)[] = [];
  const stacks = {
    closed: [] as string[],
    async open(place: { readonly name: string }) {
      if (place.name === 'slow') await new Promise<void>((resolve) => released.push(resolve));
      const close = () => Promise.resolve(void stacks.closed.push(place.name));
      return { shape: [1, 1, 1], dtype: 'uint8', pixelSize: null, levels: [], close };
    },
  };
  return { stacks, release: () => released.splice(0).forEach((one) => one()) };
});
vi.mock('../../src/image/stack-place.ts', () => ({ openStackPlace: stacks.open, placeName: () => '' }));
vi.mock('../../src/image/pyramid.ts', () => ({ openPyramid: stacks.open }));
vi.mock('@dilated-unet/runtime-web', () => ({ createSegmenter: () => undefined }));

beforeEach(() => {
  vi.resetModules();
  stacks.closed.length = 0;
});

it.each([
  ['image-worker', 'open'],
  ['segment-worker', 'open'],
  ['analysis-worker', 'openLabels'],
])(
  '%s: what is open after it was given up is closed, and does not take the place of what came later',
  async (worker, call) => {
    let receive: (event: { readonly data: unknown }) => void = () => undefined;
    const replies: unknown[] = [];
    vi.stubGlobal('addEventListener', (_: string, listener: typeof receive) => (receive = listener));
    vi.stubGlobal('postMessage', (reply: unknown) => replies.push(reply));
    await import(`../../src/worker/${worker}.ts`);
    const open = (id: number, name: string): void =>
      receive({ data: { id, call, argument: { place: { name }, selection: {}, images: [1, 1, 1] } } });
    open(0, 'slow');
    receive({ data: { abort: 0 } });
    open(1, 'later');
    await setTimeout(10);
    release();
    await setTimeout(10);
    expect(replies).toMatchObject([{ id: 1 }, { id: 0, error: {} }]);
    expect(stacks.closed).toEqual(['slow']);
  },
);
