import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { section } from '@dilated-unet/core';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { writeSections } from '@dilated-unet/stacks/node';
import sharp from 'sharp';
import { beforeAll, beforeEach } from 'vitest';
import { temporaryFolder } from '../../../stacks/test/support/folder.ts';
import { noise, noiseStack } from '../../../stacks/test/support/images.ts';
import { model } from './models.ts';

/** The command. */
export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
/** The test's files. */
export const folder = temporaryFolder();
/** What `stack.tif` holds. */
export const stack = noiseStack(120, 80, 3);
/** The folder of the outputs, empty before each test. */
export let out = '';
let outs = 0;

beforeAll(async () => {
  writeFileSync(folder.file('model.onnx'), model());
  writeFileSync(folder.file('stack.tif'), await encodeTiffStack(stack));
  writeFileSync(folder.file('large.tif'), await encodeTiffStack(noiseStack(512, 512, 12)));
  writeFileSync(folder.file('long.tif'), await encodeTiffStack(noiseStack(256, 256, 60)));
  writeFileSync(folder.file('wide.tif'), await encodeTiffStack(noiseStack(640, 200, 2)));
  const { width, height, data } = noise(120, 80);
  await sharp(data, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toFile(folder.file('grey.png'));
  await sharp(noise(360, 80).data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(folder.file('colour.png'));
  mkdirSync(folder.file('none'));
  mkdirSync(folder.file('slices'));
  for (const [z, name] of ['s1.png', 's2.png', 's10.png'].entries()) {
    await sharp(section(stack, z).data, { raw: { width, height, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toFile(folder.file(`slices/${name}`));
  }
  await writeSections(folder.file('own.zarr'), [noise(120, 80)]);
  symlinkSync('own.zarr', folder.file('link'));
  writeFileSync(folder.file('text.tif'), 'no image');
  writeFileSync(folder.file('empty.tif'), '');
  const broken = Float32Array.from(stack.data);
  broken[2 * 120 * 80 + 2 * 120 + 5] = NaN;
  writeFileSync(folder.file('nan.tif'), await encodeTiffStack({ ...stack, data: broken }));
  writeFileSync(folder.file('cut.tif'), readFileSync(folder.file('stack.tif')).subarray(0, 9_000));
});

beforeEach(() => {
  out = folder.file(`out ${outs++}`);
  mkdirSync(out);
});

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { INIT_CWD: _, ...env } = process.env;
  return { ...env, ...more };
}

/** Runs the command in the folder of the test's files. */
export function segment(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Outcome {
  const { cwd = folder.path, env } = options;
  return spawnSync(process.execPath, [CLI, ...args], { cwd, env: environment(env), encoding: 'utf8' });
}

/** The flags that name a model, `input`, and `output`. */
export function files(input = 'stack.tif', output = path.join(out, 'mask.tif')): string[] {
  return ['--model', 'model.onnx', '--input', input, '--output', output, '--device', 'cpu'];
}
