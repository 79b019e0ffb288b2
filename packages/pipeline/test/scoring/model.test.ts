import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  applySymmetry,
  atPixelSize,
  evaluateStack,
  inverseSymmetry,
  readModelCard,
  section,
  stackNormalisation,
  SYMMETRIES,
  withModelCard,
  type GreyStack,
} from '@dilated-unet/core';
import { archive } from '@dilated-unet/model-package';
import { createSegmenter } from '@dilated-unet/runtime-node';
import { encodeTiffStack, IGNORED } from '@dilated-unet/stacks';
import { describe, expect, it } from 'vitest';
import { tinyModel, tinyPackage, withRdf } from '../../../model-package/test/support/tiny-package.ts';
import { predictStacks } from '../../src/scoring/predict-stacks.ts';
import { cells } from '../../../core/test/support/cells.ts';
import { temporaryFolder } from '../../../host/test/support/temporary.ts';

const cli = [fileURLToPath(new URL('../../bin/run.js', import.meta.url)), 'evaluate'] as const;
const graph = resolve(import.meta.dirname, '../../../runtime-node/test/fixtures/tiny-unet.onnx');
const shape = { width: 44, height: 30, depth: 2 };
const at = (i: number) => [i % 44, Math.floor(i / 44) % 30] as const;
/** A chequer of cells, brighter inside; both sides no multiples of 8. */
const labels: GreyStack<Uint8Array> = {
  ...shape,
  data: Uint8Array.from({ length: 44 * 30 * 2 }, (_, i) => (at(i).some((place) => place % 11 === 10) ? 0 : 255)),
};
const images: GreyStack<Uint8Array> = {
  ...shape,
  data: labels.data.map((label, i) => (label ? 140 : 60) + ((i * 37) % 53)),
};

let folder = '';
const file = (name: string): string => join(folder, name);

async function writeFiles(): Promise<void> {
  folder = temporaryFolder();
  const card = {
    format: 2,
    largestActivationBytes: 264,
    name: 'tiny',
    input: 'image',
    output: 'interior',
    stride: 8,
    receptiveFieldRadius: 90,
    normalisation: { mean: 127.5, std: 74 },
  } as const;
  writeFileSync(file('model.onnx'), withModelCard(new Uint8Array(readFileSync(graph)), card));
  writeFileSync(file('labels.tif'), await encodeTiffStack(labels));
  writeFileSync(file('images.tif'), await encodeTiffStack(images));
}

/** The flags of a command on the files of this test, and `flags`, which may name other images. */
function given(flags: readonly string[]): readonly string[] {
  const images = flags.includes('--images') ? [] : ['--images', 'images.tif'];
  return ['--labels', 'labels.tif', ...images, '--model', 'model.onnx', '--json', ...flags];
}

async function evaluate(...flags: string[]): Promise<Record<string, unknown>> {
  const env = { ...process.env, INIT_CWD: folder };
  const { stdout } = await promisify(execFile)(process.execPath, [...cli, ...given(flags)], { env });
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** What the model gives, one symmetry at a time. */
async function expected(symmetries: boolean): Promise<Float32Array> {
  const segmenter = await createSegmenter({ model: file('model.onnx') });
  const views = symmetries ? SYMMETRIES : SYMMETRIES.slice(0, 1);
  const mean = new Float32Array(images.data.length);
  for (let z = 0; z < shape.depth; z++) {
    // Extended by hand, since each view must show the same pixels.
    const image = { width: 48, height: 32, data: new Uint8Array(48 * 32) };
    image.data.forEach((_, i) => {
      const [x, y] = [i % 48, Math.floor(i / 48)];
      const [column, row] = [x < 44 ? x : 86 - x, y < 30 ? y : 58 - y];
      image.data[i] = section(images, z).data[row * 44 + column] as number;
    });
    for (const symmetry of views) {
      const { data } = applySymmetry(
        await segmenter.segmentWhole(applySymmetry(image, symmetry)),
        inverseSymmetry(symmetry),
      );
      for (let i = 0; i < 44 * 30; i++) {
        const [x, y] = at(i);
        const place = z * 44 * 30 + i;
        mean[place] = (mean[place] as number) + (data[y * 48 + x] as number) / views.length;
      }
    }
  }
  await segmenter.dispose();
  return mean;
}

it('images of other pixels than those of the model are predicted at its own, as the file or the caller says', async () => {
  await writeFiles();
  const size = { y: 6, x: 5 };
  writeFileSync(file('sized.tif'), await encodeTiffStack(images, { pixelSize: size }));
  const predict = (path: string, pixels: Partial<Parameters<typeof predictStacks>[0]>) =>
    predictStacks({
      labels: file('labels.tif'),
      images: file(path),
      model: file('model.onnx'),
      symmetries: false,
      normalise: 'section',
      ...pixels,
    });
  const model = { y: 4, x: 4 };
  const plain = await createSegmenter({ model: file('model.onnx') });
  const scaled = atPixelSize(plain, size, model);
  const whole = await Promise.all([0, 1].map((z) => scaled.segmentWhole(section(images, z), { normalise: 'section' })));
  await plain.dispose();
  const right = whole.flatMap(({ data }) => [...data]);
  for (const made of [
    await predict('sized.tif', { modelPixelSize: model }),
    await predict('images.tif', { pixelSize: size, modelPixelSize: model }),
  ]) {
    expect(made.rule).toContain('at pixels of 4 nm');
    expect(made.note).toContain('The images have pixels of 6 x 5 nm (y, x)');
    expect(Math.max(...right.map((p, i) => Math.abs(p - (made.probabilities.data[i] as number))))).toBeLessThan(1e-5);
  }
  const unscaled = await predict('sized.tif', {});
  expect(unscaled.rule).not.toContain('pixels');
  expect(Math.max(...right.map((p, i) => Math.abs(p - (unscaled.probabilities.data[i] as number))))).toBeGreaterThan(
    1e-3,
  );
  await expect(predict('images.tif', { pixelSize: size })).rejects.toThrow('`modelPixelSize`');
});

it('membranes are made of ids as wide as at the pixels that the images are taken to have', async () => {
  await writeFiles();
  const place = (i: number): number => at(i)[0];
  const ids = { ...shape, data: Uint16Array.from(images.data, (_, i) => 1 + Math.floor(place(i) / 11)) };
  writeFileSync(file('ids.tif'), await encodeTiffStack(ids));
  writeFileSync(file('sized.tif'), await encodeTiffStack(images, { pixelSize: { y: 8, x: 8 } }));
  const membranes = async (path: string, ...sizes: readonly (number | undefined)[]): Promise<number> => {
    const [pixelSize, modelPixelSize] = sizes.map((side) => side && { y: side, x: side });
    const { labels: made } = await predictStacks({
      ...{ labels: file('ids.tif'), images: file(path), model: file('model.onnx'), labelKind: 'instances' },
      ...{ symmetries: false, normalise: 'section', pixelSize, modelPixelSize },
    } as Parameters<typeof predictStacks>[0]);
    return made.data.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0) / (30 * 2 * 3);
  };
  const [six, two] = [await membranes('images.tif'), await membranes('sized.tif')];
  expect([six, two]).toEqual([6, 2]);
  expect(await membranes('images.tif', 8, 8)).toBe(two);
  expect(await membranes('images.tif', undefined, 8)).toBe(two);
  expect(await membranes('sized.tif', 4, 8)).toBe(six);
});

it('a package is taken, in the precision that is asked for, which is said', async () => {
  await writeFiles();
  writeFileSync(file('tiny.zip'), archive(withRdf(tinyPackage())));
  writeFileSync(file('tiny.onnx'), tinyModel());
  const predict = (model: string, precision?: 'int8') =>
    predictStacks({
      labels: file('labels.tif'),
      images: file('images.tif'),
      model: file(model),
      symmetries: false,
      normalise: 'section',
      ...(precision && { precision }),
    });
  const [exact, single, int8] = [
    await predict('tiny.zip'),
    await predict('tiny.onnx'),
    await predict('tiny.zip', 'int8'),
  ];
  expect(exact.probabilities.data).toEqual(single.probabilities.data);
  expect(int8.probabilities.data).not.toEqual(exact.probabilities.data);
  expect(exact.rule).toBe('of model tiny, one view, each section normalised by itself');
  expect(int8.rule).toBe('of model tiny, int8, one view, each section normalised by itself');
  await expect(predict('tiny.onnx', 'int8')).rejects.toThrow('precision must be one that the model has: auto, fp32');
});

it('images are checked before the model is loaded, and their labels beside them', async () => {
  await writeFiles();
  const paths = { labels: file('labels.tif'), images: file('images.tif'), model: file('none.onnx'), symmetries: false };
  const nan = { ...shape, data: Float32Array.from(images.data) };
  nan.data[44 * 30 + 46] = Number.NaN;
  writeFileSync(file('nan.tif'), await encodeTiffStack(nan));
  await expect(predictStacks({ ...paths, images: file('nan.tif') })).rejects.toThrow(
    `${file('nan.tif')}: the grey value at x 2, y 1 of section 2 is NaN.`,
  );
  const blank = { ...images, data: images.data.map((value, i) => (i < 44 * 30 ? 9 : value)) };
  writeFileSync(file('blank.tif'), await encodeTiffStack(blank));
  await expect(predictStacks({ ...paths, images: file('blank.tif') })).rejects.toThrow(
    `${file('blank.tif')}: every pixel of section 1 has the grey value 9.`,
  );
  const passedOver = { images: file('blank.tif'), ignoreSections: '1' };
  await expect(predictStacks({ ...paths, ...passedOver })).rejects.toThrow('none.onnx cannot be read');
  const scored = await predictStacks({ ...paths, ...passedOver, model: file('model.onnx') });
  expect(section(scored.labels, 0).data.every((value) => value === IGNORED)).toBe(true);
  await expect(predictStacks(paths)).rejects.toThrow(`${file('none.onnx')} cannot be read`);
  const { warnings } = await predictStacks({ ...paths, model: file('model.onnx'), labelKind: 'membrane' });
  expect(warnings).toEqual([expect.stringContaining('use `labelKind` interior')]);
});

describe.each([false, true])('the prediction of a model, over symmetries: %s', (symmetries) => {
  it('is the mean over the views, and says so', async () => {
    await writeFiles();
    const names = { labels: file('labels.tif'), images: file('images.tif'), model: file('model.onnx') };
    const seen: number[] = [];
    const onProgress = ({ done, total }: { done: number; total: number }) => seen.push(done / total);
    const { probabilities, rule, warnings, ...rest } = await predictStacks({ ...names, symmetries, onProgress });
    const mean = await expected(symmetries);
    const worst = Math.max(...mean.map((value, i) => Math.abs(value - (probabilities.data[i] as number))));
    expect(worst).toBeLessThan(1e-6);
    expect(rule).toBe(symmetries ? 'of model tiny, mean over the eight symmetries' : 'of model tiny, one view');
    expect([...rest.labels.data]).toEqual([...labels.data].map((label) => (label ? 1 : 0)));
    expect(warnings).toEqual([]);
    expect(seen).toEqual([0.5, 1]);
    const scores = evaluateStack(probabilities, rest.labels);
    const printed = await evaluate(...(symmetries ? ['--symmetries'] : []));
    expect(printed).toMatchObject({ symmetries, prediction: rule, vRand: scores.vRand, pixelError: scores.pixelError });
  });
});

describe('Ctrl-C', () => {
  it.each([
    ['predicts', ['--model', 'model.onnx', '--images', 'images.tif'], 'predicting sections'],
    ['scores', ['--prediction', 'labels.tif'], '--label-kind interior'],
  ])('ends a command that %s', async (_, flags, telling) => {
    await writeFiles();
    const depth = 8;
    const many = (stack: GreyStack) => {
      const data = new Uint8Array(16 * 16 * stack.data.length * (depth / 2)).map(
        (_value, i) => stack.data[i % stack.data.length] as number,
      );
      return encodeTiffStack({ width: 44 * 16, height: 30 * 16, depth, data });
    };
    writeFileSync(file('labels.tif'), await many(labels));
    writeFileSync(file('images.tif'), await many(images));
    const env = { ...process.env, INIT_CWD: folder };
    const child = spawn(process.execPath, [...cli, '--labels', 'labels.tif', ...flags], { env });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (!err.includes(telling) && (err + text).includes(telling)) child.kill('SIGINT');
      err += text;
    });
    const [, by] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    expect({ by, out }, err).toEqual({ by: 'SIGINT', out: '' });
    expect(err).toMatch(/\nStopped\.\n$/);
  });
});

describe('grey values that are not those of the training', () => {
  const side = 96;
  const plain = cells(side, side);
  const size = { width: side, height: side, depth: 1 };

  async function write(): Promise<void> {
    await writeFiles();
    const card = readModelCard(new Uint8Array(readFileSync(file('model.onnx'))));
    const greyValues = { range: [0, 255], shift: [-0.5, 0.4], contrast: [0.8, 1.2], lineBalance: 0.5 } as const;
    const trained = { ...card, normalisation: stackNormalisation({ ...size, data: plain.data }), greyValues };
    writeFileSync(file('model.onnx'), withModelCard(new Uint8Array(readFileSync(graph)), trained));
    const binary = plain.data.map((v) => (v < 120 ? 0 : 255));
    writeFileSync(file('labels.tif'), await encodeTiffStack({ ...size, data: binary }));
    writeFileSync(file('images.tif'), await encodeTiffStack({ ...size, data: plain.data }));
    const inverted = Uint16Array.from(plain.data, (v) => 65535 - 257 * v);
    writeFileSync(file('negative.tif'), await encodeTiffStack({ ...size, data: inverted }));
  }

  it('are refused with the flags that mend them', async () => {
    await write();
    const expected = await evaluate();
    const untold = await evaluate('--images', 'negative.tif').catch((error: unknown) => error as { stderr: string });
    expect((untold as { stderr: string }).stderr).toMatch(
      /labels\.tif: cannot tell which .*; of negatives, use --invert\.$/m,
    );
    const typed = ['--images', 'negative.tif', '--label-kind', 'interior'];
    const failure = await evaluate(...typed).catch((error: unknown) => error as { stderr: string });
    expect((failure as { stderr: string }).stderr).toMatch(
      /error: .*negative\.tif: Section 1: The grey values .* Use --grey-range 0,65535 \(.*\) and --invert\./,
    );
    const flags = ['--images', 'negative.tif', '--grey-range', '0,65535', '--invert'];
    const { stderr } = await promisify(execFile)(process.execPath, [...cli, ...given(flags)], {
      env: { ...process.env, INIT_CWD: folder },
    });
    // Bright membranes are right in a negative.
    expect(stderr).not.toContain('labelled as membrane');
    const mended = await evaluate(...flags);
    expect(mended['prediction']).toBe(
      'of model tiny, one view, grey values 0 ... 65535 as black ... white, contrast inverted',
    );
    expect(mended['membraneDice']).toBeCloseTo(expected['membraneDice'] as number, 3);
    const bySection = await evaluate('--images', 'negative.tif', '--normalise', 'section', '--invert');
    expect(bySection['membraneDice']).toBeCloseTo(expected['membraneDice'] as number, 2);
  });

  it('cannot be told of a prediction', async () => {
    const given = ['--labels', 'labels.tif', '--prediction', 'labels.tif', '--invert'];
    const env = { ...process.env, INIT_CWD: folder };
    const run = promisify(execFile)(process.execPath, [...cli, ...given], { env });
    await expect(run).rejects.toThrow(/--normalise \(with --grey-range and --invert\) is for --model and --images/);
  });
});
