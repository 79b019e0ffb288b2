import { setTimeout } from 'node:timers/promises';
import type { WebSegmenterOptions } from '@dilated-unet/runtime-web';
import { expect, it, vi } from 'vitest';

const created = vi.hoisted((): WebSegmenterOptions[] => []);
vi.mock('@dilated-unet/runtime-web', () => ({
  createSegmenter(options: WebSegmenterOptions) {
    created.push(options);
    return new Promise(() => undefined);
  },
}));

it('a model whose loading is given up is not downloaded any further', async () => {
  let receive: (event: { readonly data: unknown }) => void = () => undefined;
  vi.stubGlobal('addEventListener', (_: string, listener: typeof receive) => (receive = listener));
  await import('../../src/worker/segment-worker.ts');
  const model = 'https://viewer.test/large.zip';
  receive({ data: { id: 0, call: 'load', argument: { model, device: 'auto', precision: 'auto' } } });
  await setTimeout(10);
  expect(created).toMatchObject([{ model }]);
  receive({ data: { abort: 0 } });
  expect(created[0]?.signal?.aborted).toBe(true);
});
