import { crop, resampleImage, section, type GreyStack } from '@dilated-unet/core';
import { describe, expect, it, vi } from 'vitest';
import { readSection, readWhole, resampledSource, stackSource } from '../src/index.ts';

const stack: GreyStack<Uint16Array> = {
  width: 30,
  height: 20,
  depth: 3,
  data: Uint16Array.from({ length: 30 * 20 * 3 }, (_, i) => (i * 7919) % 65_521),
};
const to = { width: 23, height: 31 };

describe('resampledSource', () => {
  const source = resampledSource({ ...stackSource(stack), pixelSize: { z: 50, y: 4, x: 4 } }, to);

  it('is a source of the other size, dtype and extent as before', async () => {
    expect(source).toMatchObject({ shape: [3, 31, 23], axes: ['z', 'y', 'x'], dtype: 'uint16' });
    expect(source.pixelSize).toEqual({ z: 50, y: (4 * 20) / 31, x: (4 * 30) / 23 });
    expect(resampledSource(stackSource(stack), to)).not.toHaveProperty('pixelSize');
    const read = { fromTop: true, readBytes: 1000, keptBytes: 500, keep: () => undefined };
    expect(resampledSource({ ...stackSource(stack), ...read }, to)).toMatchObject(read);
    expect(resampledSource(stackSource(stack), to, { y: 3, x: 5 }).pixelSize).toEqual({ y: 3, x: 5 });
    const whole = await readWhole(source);
    for (let z = 0; z < 3; z++) expect(section(whole, z)).toEqual(resampleImage(section(stack, z), to));
  });

  it('reads parts as they are in the whole', async () => {
    const region = { x: 5, y: 11, width: 13, height: 9 };
    expect(await source.read(2, region)).toEqual(crop(await readSection(source, 2), region));
  });

  it('passes the signal on, and closes what it is made of', async () => {
    const close = vi.fn(async () => undefined);
    const closing = resampledSource({ ...stackSource(stack), close }, to);
    await closing.close?.();
    expect(close).toHaveBeenCalledOnce();
    await expect(readSection(closing, 0, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    expect(source).not.toHaveProperty('close');
  });
});
