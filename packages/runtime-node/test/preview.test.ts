import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { section } from '@dilated-unet/core';
import { encodeTiffStack, stackSource } from '@dilated-unet/stacks';
import { writeSections } from '@dilated-unet/stacks/node';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { stoppedText } from '../src/cli/segment.ts';
import { readStack } from '../src/index.ts';
import { writePreview } from '../src/preview/write-preview.ts';
import { temporaryFolder } from '../../stacks/test/support/folder.ts';
import { noiseStack } from '../../stacks/test/support/images.ts';
import { model } from './support/models.ts';
import { runJob } from './support/segment-job.ts';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const folder = temporaryFolder();
const stack = noiseStack(120, 80, 3);

beforeAll(async () => {
  writeFileSync(folder.file('model.onnx'), model());
  writeFileSync(folder.file('a <b> & c.tif'), await encodeTiffStack(stack));
  writeFileSync(folder.file('many.tif'), await encodeTiffStack(noiseStack(1400, 24, 30)));
});

function segment(input: string, output: string, ...more: string[]) {
  const files = ['--model', 'model.onnx', '--input', input, '--output', output, '--device', 'cpu'];
  const { INIT_CWD: _, ...env } = process.env;
  return spawnSync(process.execPath, [CLI, ...files, ...more], { cwd: folder.path, env, encoding: 'utf8' });
}

interface Page {
  readonly text: string;
  /** Numbers of the sections that are shown. */
  readonly sections: readonly number[];
  /** Of each section the image and the result, red, green, blue, alpha. */
  readonly pictures: readonly (readonly { readonly width: number; readonly height: number; readonly data: Buffer }[])[];
}

async function readPage(name: string): Promise<Page> {
  const text = readFileSync(folder.file(path.join(name, 'index.html')), 'utf8');
  const figures = [...text.matchAll(/<figure>.*?<\/figure>/gs)].map(([figure]) => figure);
  const pictures = figures.map((figure) =>
    Promise.all(
      [...figure.matchAll(/base64,([^"]*)/g)].map(async ([, base64 = '']) => {
        const { data, info } = await sharp(Buffer.from(base64, 'base64'))
          .ensureAlpha()
          .raw()
          .toBuffer({ resolveWithObject: true });
        return { width: info.width, height: info.height, data };
      }),
    ),
  );
  return {
    text,
    sections: figures.map((figure) => Number(/alt="Section (\d+)"/.exec(figure)?.[1])),
    pictures: await Promise.all(pictures),
  };
}

/** Channel of the pixels of a picture. */
const channel = ({ data }: { readonly data: Buffer }, offset: number): number[] =>
  Array.from({ length: data.length / 4 }, (_, i) => data[4 * i + offset] as number);

const meanDistance = (a: readonly number[], b: ArrayLike<number>): number =>
  a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] as number)), 0) / a.length;

describe('a page beside the result', () => {
  test('shows each section, its membranes over it, and what it was made with; loads and runs nothing', async () => {
    const { status, stdout } = segment('a <b> & c.tif', 'mask.tif', '--preview', 'shown');
    expect(stdout).toContain(`look at it: ${folder.file('shown/index.html')}`);
    expect(status).toBe(0);
    const { text, sections, pictures } = await readPage('shown');
    expect(sections).toEqual([1, 2, 3]);
    expect(text).toContain('<title>Segmented: a &lt;b&gt; &amp; c.tif</title>');
    expect(text).not.toMatch(/<script|<b>|https?:/);
    expect(text).toMatch(/<th scope="row">device<\/th><td>cpu/);
    expect(text).toContain('3 of 3 segmented sections');
    const mask = await readStack(folder.file('mask.tif'));
    for (const z of [0, 1, 2]) {
      const [image, result] = pictures[z] as [Page['pictures'][0][0], Page['pictures'][0][0]];
      expect([image.width, image.height, result.width, result.height]).toEqual([120, 80, 120, 80]);
      // Of noise a lossy picture keeps the most.
      expect(meanDistance(channel(image, 0), section(stack, z).data)).toBeLessThan(25);
      const membranes = section(mask, z).data.map((value) => 255 - value);
      expect(meanDistance(channel(result, 3), membranes)).toBeLessThan(1);
    }
    const histogram = /<path d="([^"]*)"/.exec(text)?.[1] as string;
    expect(histogram.split('z').length).toBeGreaterThan(20);
  });

  test('of a part: the sections by their numbers in the stack, cells in colours; counted', async () => {
    const more = ['--sections', '2-3', '--region', '20,10,64,48', '--result', 'instances', '--preview', 'cells'];
    expect(segment('a <b> & c.tif', 'cells.zarr', ...more).status).toBe(0);
    const { text, sections, pictures } = await readPage('cells');
    expect(sections).toEqual([2, 3]);
    expect(pictures[0]?.[1]).toMatchObject({ width: 64, height: 48 });
    const { data, width, height } = await readStack(folder.file('cells.zarr'));
    const ids = data.subarray(0, width * height);
    expect(text).toContain(`Section 2: ${new Set(ids.filter((id) => id > 0)).size} cells`);
    const [, result] = pictures[0] as Page['pictures'][0];
    expect(channel(result as Page['pictures'][0][0], 3).map((alpha) => alpha > 0)).toEqual(
      [...ids].map((id) => id > 0),
    );
  });

  test('of many large sections has some of them, small; the same command writes it when the result is there', async () => {
    const run = (...more: string[]) =>
      segment('many.tif', 'many-p.tif', '--probabilities', '--dtype', 'uint8', ...more);
    expect(run('--part', '1/2').status).toBe(0);
    expect(run('--part', '2/2').status).toBe(0);
    const { status, stdout } = run('--part', '2/2', '--preview', 'some');
    expect(status).toBe(0);
    expect(stdout).toMatch(/is there already.*\nlook at it: /);
    const { text, sections, pictures } = await readPage('some');
    expect(sections).toHaveLength(24);
    expect([sections[0], sections.at(-1)]).toEqual([1, 30]);
    expect(text).toContain('24 of 30 segmented sections');
    expect(pictures[0]?.[0]).toMatchObject({ width: 467, height: 8 });
  });

  test('that is not written since the run is stopped: the output is whole, which is said', async () => {
    const controller = new AbortController();
    const flags = ['--model', 'model.onnx', '--input', 'a <b> & c.tif', '--output', 'stopped.tif', '--device', 'cpu'];
    const onProgress = ({ phase }: { phase: string }): void => {
      if (phase === 'preview') controller.abort(new Error('enough'));
    };
    const watch = { signal: controller.signal, onProgress };
    const error: unknown = await runJob(folder.path, [...flags, '--preview', 'no'], watch).catch((one: unknown) => one);
    expect(stoppedText(error)).toBe('Stopped; the output is whole, and no page of --preview was written.');
    expect(stoppedText(new Error('enough'))).toBe('Stopped; no output was written.');
    expect((await readStack(folder.file('stopped.tif'))).depth).toBe(3);
    expect(existsSync(folder.file('no'))).toBe(false);
  });

  test.each([
    ['a mask', Uint8Array.of(0, 255, 255, 255, 0, 255, 255, 255)],
    ['probabilities', Float32Array.of(0.5, 0.51, 0.9, 0.6, 0.1, 0.7, 0.8, 0.51)],
    ['probabilities in 16 bits', Uint16Array.of(32_767, 32_768, 60_000, 40_000, 0, 50_000, 65_535, 32_768)],
  ])('of %s says the share of membrane that the mask has', async (name, data) => {
    const image = { width: 4, height: 2 };
    await writeSections(folder.file('result.tif'), [{ ...image, data }], { depth: 1 });
    const input = stackSource({ ...image, depth: 1, data: new Uint8Array(8) });
    const run = { title: name, settings: [], sections: [0], region: { x: 0, y: 0, ...image }, cells: false };
    const watch = { signal: new AbortController().signal, onProgress: () => undefined };
    await writePreview(folder.file('share'), { ...run, ...watch, input, output: folder.file('result.tif') });
    expect((await readPage('share')).text).toContain('Section 1: 25.0 % membrane');
  });

  test('of ids that are above those that float32 holds', async () => {
    const image = { width: 4, height: 2 };
    const data = Uint32Array.of(0, 2 ** 24 + 1, 2 ** 24 + 2, 2 ** 32 - 1, 0, 0, 0, 5);
    await writeSections(folder.file('ids.tif'), [{ ...image, data }], { depth: 1 });
    const input = stackSource({ ...image, depth: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) });
    const run = { title: 'ids', settings: [], sections: [0], region: { x: 0, y: 0, ...image }, cells: true };
    const watch = { signal: new AbortController().signal, onProgress: () => undefined };
    await writePreview(folder.file('ids'), { ...run, ...watch, input, output: folder.file('ids.tif') });
    expect((await readPage('ids')).text).toContain('Section 1: 4 cells');
  });

  test('is refused before any work where it cannot be', () => {
    writeFileSync(folder.file('file'), '');
    mkdirSync(folder.file('slices'));
    const refused = (output: string, preview: string): string =>
      segment('a <b> & c.tif', output, '--preview', preview).stderr;
    expect(refused('m.tif', 'file')).toContain('--preview must be a folder; there is a file');
    expect(refused('slices/', 'slices/page')).toContain('--preview must not be in the folder that --output names');
    expect(refused('x.zarr', 'x.zarr')).toContain('--preview must not be in the folder that --output names');
    expect(refused('m.tif', 'nowhere/page')).toContain('--preview must be in a folder that exists');
  });
});
