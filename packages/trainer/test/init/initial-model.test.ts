import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  InvalidModelError,
  InvalidOptionError,
  InvalidPackageError,
  unet,
  unetWidths,
  variant,
  type Network,
} from '@dilated-unet/core';
import { assert, describe, expect, test } from 'vitest';
import { archive } from '@dilated-unet/model-package';
import {
  CARD,
  hash,
  replaceFile,
  setField,
  tinyPackage,
  withRdf,
  type TinyPackage,
} from '../../../model-package/test/support/tiny-package.ts';
import { temporaryFolder } from '../../../stacks/test/support/folder.ts';
import { encodeSafetensors } from '../../src/model/safetensors.ts';
import { initialWeights } from '../../src/model/weights.ts';
import { saveCheckpoint } from '../../src/run/checkpoint.ts';
import { openInitialModel } from '../../src/init/initial-model.ts';
import { requireSameShape, shapeOf } from '../../src/init/same-shape.ts';
import { smallRun } from '../support/training.ts';

const folder = temporaryFolder();
const network = variant('unet');
const weights = initialWeights(network, 1);
const file = (of = weights): Uint8Array => encodeSafetensors(of, { network: JSON.stringify(network) });

async function run(name: string, bytes: Uint8Array): Promise<string> {
  await mkdir(folder.file(`${name}/graph-model`), { recursive: true });
  await writeFile(folder.file(`${name}/graph-model/weights.safetensors`), bytes);
  return folder.file(name);
}

describe('openInitialModel', () => {
  test('reads the folder of a run, and its weights, as one model', async () => {
    const path = await run('axons', file());
    const model = await openInitialModel(path);
    expect(model).toMatchObject({ path, name: 'axons', network });
    expect(model.weights.get('head/conv/kernel')).toEqual(weights.get('head/conv/kernel'));
    const same = await openInitialModel(`${path}/graph-model/weights.safetensors`);
    expect(same).toMatchObject({ name: 'axons', sha256: model.sha256 });
  });

  test('reads a checkpoint, which is what a run saves beside its folder', async () => {
    const path = folder.file('best.safetensors');
    const checkpoint = { config: smallRun(), data: null, epoch: 1, best: null, stopping: null };
    const state = new Map(weights).set('adam/m', { shape: [1], data: Float32Array.of(0) });
    await saveCheckpoint(path, { ...checkpoint, state });
    const model = await openInitialModel(path);
    expect(model).toMatchObject({ path, name: 'best.safetensors', network });
    await copyFile(path, folder.file('best.weights'));
    expect(await openInitialModel(folder.file('best.weights'))).toMatchObject({ name: 'best.weights', network });
    expect(model.weights.get('head/conv/kernel')).toEqual(weights.get('head/conv/kernel'));
    const narrow = smallRun({ network: { name: 'unet-custom', filters: 8 } });
    await saveCheckpoint(path, { ...checkpoint, config: narrow, state });
    await expect(openInitialModel(path)).rejects.toThrow(
      /best\.safetensors does not hold a trained network: \S+ has shape/,
    );
    await saveCheckpoint(path, { ...checkpoint, config: { ...smallRun(), epochs: 0 }, state });
    await expect(openInitialModel(path)).rejects.toThrow(
      /does not hold a trained network: \S+: epochs must be at least 1; received 0\. Give a file that a training wrote\.$/,
    );
  });

  test('knows the pixels of a run and of a package, where their cards do', async () => {
    const card = { ...CARD, pixelSize: { y: 4, x: 3.7 } };
    const path = await run('sized', file());
    expect(await openInitialModel(path)).not.toHaveProperty('pixelSize');
    await writeFile(`${path}/graph-model/card.json`, JSON.stringify(card));
    expect(await openInitialModel(path)).toMatchObject({ pixelSize: card.pixelSize });
    const tiny = tinyPackage();
    replaceFile(tiny, 'weights.safetensors', file());
    for (const axis of [1, 2]) {
      setField(tiny.rdf, `inputs.0.axes.${axis}.unit`, 'nanometer');
      setField(tiny.rdf, `inputs.0.axes.${axis}.scale`, 6);
    }
    await writeFile(folder.file('sized.zip'), archive(withRdf(tiny)));
    expect(await openInitialModel(folder.file('sized.zip'))).toMatchObject({ pixelSize: { y: 6, x: 6 } });
  });

  test.each(['folder', 'zip'])('reads a package: a %s', async (kind) => {
    const tiny = tinyPackage();
    replaceFile(tiny, 'weights.safetensors', file());
    const files = withRdf(tiny);
    const path = folder.file(`${kind}-package`);
    if (kind === 'zip') await writeFile(path, archive(files));
    else {
      await mkdir(path);
      for (const [name, bytes] of files) await writeFile(join(path, name), bytes);
    }
    const model = await openInitialModel(path);
    expect(model).toMatchObject({
      path,
      name: 'Tiny U-net',
      sha256: hash(files.get('rdf.yaml') as Uint8Array),
      network,
    });
    expect(model.weights.get('head/conv/kernel')).toEqual(weights.get('head/conv/kernel'));
  });

  test('refuses a package without weights, with damaged ones, or that is not as it was published', async () => {
    const path = folder.file('package.zip');
    const refusal = async (tiny: TinyPackage): Promise<unknown> => {
      await writeFile(path, archive(withRdf(tiny)));
      return openInitialModel(path).catch((error: unknown) => error);
    };
    const bare = tinyPackage();
    setField(bare.rdf, 'config.dilated_unet.weights', undefined);
    const error = (await refusal(bare)) as Error;
    expect(error).toBeInstanceOf(InvalidModelError);
    expect(error.message).toMatch(/package\.zip has no weights to go on from: it has only what runs the model/);

    expect(await refusal(tinyPackage())).toMatchObject({
      message: expect.stringMatching(/package\.zip: its file of weights is not a whole safetensors file/) as string,
    });
    const tampered = tinyPackage();
    tampered.files.set('weights.safetensors', file());
    expect(await refusal(tampered)).toBeInstanceOf(InvalidPackageError);
  });

  test('refuses a run that is not finished, saying so', async () => {
    await mkdir(folder.file('half'));
    await writeFile(folder.file('half/config.json'), '{}');
    await expect(openInitialModel(folder.file('half'))).rejects.toThrow(
      /half has no weights to go on from: the run is not finished, or of an earlier version\. Give the folder of a finished run/,
    );
  });

  test('refuses what is not there', async () => {
    await expect(openInitialModel(folder.file('none'))).rejects.toThrow(InvalidOptionError);
    await expect(openInitialModel(folder.file('none'))).rejects.toThrow(
      /^init.path must be a package \(a folder or a \.zip\), the folder of a run, or a checkpoint; there is nothing there/,
    );
  });

  test('refuses damaged weights, and those of a training that diverged', async () => {
    const damaged = file();
    damaged[damaged.length - 9] = ~(damaged.at(-9) as number);
    const path = await run('damaged', damaged);
    await expect(openInitialModel(path)).rejects.toThrow(InvalidModelError);
    await expect(openInitialModel(path)).rejects.toThrow(/damaged\/.*values do not have the checksum/);

    const kernel = weights.get('head/conv/kernel');
    assert(kernel);
    const { shape, data } = kernel;
    const diverged = new Map(weights).set('head/conv/kernel', { shape, data: data.map((w, i) => (i === 3 ? NaN : w)) });
    await expect(openInitialModel(await run('diverged', file(diverged)))).rejects.toThrow(
      /head\/conv\/kernel has values that are not finite, so its training diverged\. Begin from another model/,
    );
  });
});

describe('requireSameShape', () => {
  const init = { path: '/m', name: 'm', sha256: '0'.repeat(64), newHead: false };
  const model = (of: Network) => ({ path: '/m', name: 'm', network: of });
  const asked = (shape: object, newHead = false) => ({
    ...smallRun({ network: { name: 'unet', ...shape } }),
    init: { ...init, newHead },
  });

  test('lets dropout differ, and classes where the head is new', () => {
    requireSameShape(asked({ dropout: 0 }), model(variant('unet')));
    requireSameShape(asked({}, true), model(variant('unet', { classes: 5 })));
  });

  test.each([
    [
      {},
      variant('dilated-unet'),
      /^network.dilateRate must be 2: the model m dilates the second convolution of each encoder stage by 2\. .*; received 1/,
    ],
    [
      { dilateRate: 2 },
      variant('dilated-unet'),
      /^network.dilate must be 1: the model m has a bottleneck with dilations 1, 2, 4, 8, 16, 32\./,
    ],
    [
      {},
      variant('unet-a'),
      /^network.addition must be 0: the model m takes the last of the bottleneck's outputs alone\./,
    ],
    [
      { classes: 3 },
      variant('unet'),
      /^network.classes must be 2, unless with `init.newHead`: the model m has 2 classes\./,
    ],
  ])('names the first difference: %o', (shape, of, message) => {
    expect(() => requireSameShape(asked(shape), model(of))).toThrow(InvalidOptionError);
    expect(() => requireSameShape(asked(shape), model(of))).toThrow(message);
  });

  test('a width is part of the shape; one that the trainer cannot have, or another kind, cannot be gone on with', () => {
    expect(shapeOf(model(unet(unetWidths(8)))).filters).toBe(8);
    expect(() => requireSameShape(asked({}), model(unet(unetWidths(8))))).toThrow(
      'network.filters must be 8: the model m has 8 filters in its first stage.',
    );
    requireSameShape(asked({ filters: 8 }), model(unet(unetWidths(8))));
    const narrow = unet({ encoderFilters: [8, 16, 40], decoderFilters: [16, 8, 4] });
    expect(() => shapeOf(model(narrow))).toThrow(InvalidModelError);
    expect(() => shapeOf(model(narrow))).toThrow(
      /^\/m: the stages of its encoder have 8, 16, 40 filters, those of a network of 8 filters 8, 16, 32\./,
    );
    const { layers } = variant('unet');
    expect(() => shapeOf(model({ name: 'mine', layers: layers.slice(0, -1) }))).toThrow(/Network "mine" is none that/);
  });
});
