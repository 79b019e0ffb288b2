import { readFileSync, readdirSync } from 'node:fs';
import type { GreyData, GreyStack } from '@dilated-unet/core';
import type { Dtype } from '../../src/index.ts';

const FOLDER = new URL('../formats/tiff/fixtures/', import.meta.url);

/** The bytes of `test/fixtures/<name>`. */
export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, FOLDER)));
}

/** The names of the files in `test/fixtures/good`. */
export function goodFixtures(): string[] {
  return readdirSync(new URL('good/', FOLDER)).filter((name) => name.endsWith('.tif'));
}

/** The pixels that generate.py wrote: the same formula, stated a second time. */
export function expectedStack(dtype: Dtype, width = 19, height = 11, depth = 2): GreyStack {
  const values: number[] = [];
  for (let z = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const base = (z * 8191 + y * 523 + (x < 6 ? 40 : x * x * 97)) % 65536;
        if (dtype === 'uint8') values.push(Math.floor(base / 7) % 256);
        else values.push(dtype === 'uint16' ? base : (base - 30000) / 64);
      }
    }
  }
  return { width, height, depth, data: typed(dtype, values) };
}

/** `values` as the typed array of `dtype`. */
export function typed(dtype: Dtype, values: readonly number[]): GreyData {
  if (dtype === 'uint8') return Uint8Array.from(values);
  return dtype === 'uint16' ? Uint16Array.from(values) : Float32Array.from(values);
}
