import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asTrained, readModelCard, variant, VARIANT_NAMES, type GreyImage, type VariantName } from '@dilated-unet/core';
import { decodeNpy, encodeNpy } from '@dilated-unet/model-package';
import { createSegmenter } from '@dilated-unet/runtime-node';
import { readStack } from '@dilated-unet/stacks/node';
import { BIOIMAGE, exportPackage, peerPython, pythonScript, readAbout, toolsPython } from '@dilated-unet/tools';
import { openInitialModel, readWeights } from '@dilated-unet/trainer';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { isbiSection, largestDifference, tissue, withoutIsbi } from './support/images.ts';
import { writeRunFolder } from './support/run-folder.ts';

const models = inject('models');
/** The network whose sections are normalised by themselves. */
const BY_SECTION: VariantName = 'unet-a';
/** The network whose run kept sections from which the form in integers takes its ranges. */
const CALIBRATED: VariantName = 'unet';
/** The network whose card knows its pixels: in doubles, 96 of them over one are no 96, which bioimage.io's tools would refuse. */
const SIZED: VariantName = 'unet';
const PIXELS = { y: 3.7, x: 3.7 };
/** Terms that no licence of SPDX says, and a picture. */
const ABOUT = `---
authors: [A. Researcher]
terms: For tests alone.
cite:
  - text: A. Researcher, Tissue
    doi: 10.1234/tissue
---
Works on this: ![A cell](cell.png)
`;
let folder: string;
let python: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dilated-unet-package-'));
  // Minutes where it is not there yet.
  python = await peerPython(BIOIMAGE, () => undefined, new AbortController().signal);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The values of a NumPy file of float32. */
async function npyValues(path: string): Promise<Float32Array> {
  return decodeNpy(await readFile(path), path).data;
}

function exported(run: string, out: string, more: object = {}) {
  const env = process.env;
  const onNote = (note: string): void => {
    if (!note.startsWith('The form int8 is not written')) throw new Error(note);
  };
  return exportPackage({ run, out, python: toolsPython(), env, onProgress: () => undefined, onNote, ...more });
}

describe.each(VARIANT_NAMES)('%s as a package', (name) => {
  const run = (): string => join(folder, `run-${name}`);
  const out = (): string => join(folder, name);

  beforeAll(async () => {
    const normalise = name === BY_SECTION ? 'section' : 'model';
    const pixelSize = name === SIZED ? PIXELS : undefined;
    await writeRunFolder(run(), name, models[name], { normalise, calibration: name === CALIBRATED, pixelSize });
    const pictured = join(folder, `${name}.md`);
    await copyFile(new URL('../docs/images/phantom.png', import.meta.url), join(folder, 'cell.png'));
    await writeFile(pictured, ABOUT);
    const about = await readAbout(pictured);
    const notes: string[] = [];
    const onNote = (note: string): number => notes.push(note);
    const done = await exported(run(), out(), { about, onNote });
    // Random weights lose more in 8 bits than a trained network may.
    const why = name === CALIBRATED ? 'classChanged' : 'the run has no calibration/images.tif';
    expect(notes).toEqual([expect.stringContaining(`The form int8 is not written: ${why}`)]);
    expect(done.deviation.largestDifference).toBeLessThan(1e-4);
    expect(done.deviation.largestDifference).toBeGreaterThan(0);
    expect(Math.abs(done.deviation.vRand ?? NaN)).toBeLessThan(0.01);
  });

  test('passes the test of bioimageio.core, which predicts what we do on a section', async () => {
    const image: GreyImage = withoutIsbi === undefined ? await isbiSection(27) : tissue(400, 400);
    const { width, height } = image;
    const [given, predicted] = [join(folder, `${name}-in.npy`), join(folder, `${name}-out.npy`)];
    await writeFile(given, encodeNpy(Float32Array.from(image.data), [1, height, width, 1]));
    const env = { ...process.env, BIOIMAGEIO_CACHE_PATH: join(folder, 'cache') };
    const { stdout } = await promisify(execFile)(
      python,
      [pythonScript('check_package.py'), `${out()}.zip`, given, predicted],
      { env },
    );
    const { status, errors } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
      status: string;
      errors: string[];
    };
    expect([status, errors]).toEqual(['passed', []]);
    const segmenter = await createSegmenter({ model: join(out(), 'model.onnx'), device: 'cpu' });
    const ours = await segmenter.segmentWhole(image, { tile: Math.max(width, height), ...asTrained(segmenter.card) });
    await segmenter.dispose();
    expect(largestDifference(await npyValues(predicted), ours.data)).toBeLessThan(1e-4);
  });

  test('has what it names, the weights that training goes on from, and a picture of the test', async () => {
    expect((await readdir(out())).sort()).toEqual([
      'README.md',
      'cell.png',
      'cover.png',
      'model-fp16.onnx',
      'model-wasm.onnx',
      'model.onnx',
      'rdf.yaml',
      'sample-input.tif',
      'sample-output.tif',
      'test-input.npy',
      'test-output.npy',
      'weights.safetensors',
    ]);
    const initial = await openInitialModel(`${out()}.zip`);
    expect(initial).toMatchObject({ name: `${name} for EM membranes`, network: variant(name) });
    expect(initial.pixelSize).toEqual(name === SIZED ? PIXELS : undefined);
    const ofRun = await readWeights(join(run(), 'graph-model/weights.safetensors'));
    expect(initial.weights.get('head/conv/kernel')).toEqual(ofRun.weights.get('head/conv/kernel'));
    expect(readModelCard(await readFile(join(out(), 'model.onnx')))).toEqual(
      readModelCard(await readFile(join(run(), 'model.onnx'))),
    );
    const sample = await readStack(join(out(), 'sample-output.tif'));
    expect(largestDifference(Float32Array.from(sample.data), await npyValues(join(out(), 'test-output.npy')))).toBe(0);
    const rdf = await readFile(join(out(), 'rdf.yaml'), 'utf8');
    for (const file of [
      'model.onnx',
      'model-fp16.onnx',
      'weights.safetensors',
      'test-input.npy',
      'cover.png',
      'README.md',
    ]) {
      expect(rdf).toContain(
        createHash('sha256')
          .update(await readFile(join(out(), file)))
          .digest('hex'),
      );
    }
  });
});

test('two packages of one run are equal, byte for byte', async () => {
  const first = join(folder, 'unet');
  const about = await readAbout(`${first}.md`);
  const second = await exported(join(folder, 'run-unet'), join(folder, 'again', 'unet'), { about });
  const archive = await readFile(`${first}.zip`);
  expect(second.sha256).toBe(createHash('sha256').update(archive).digest('hex'));
  expect(Buffer.compare(await readFile(second.archive), archive)).toBe(0);
});
