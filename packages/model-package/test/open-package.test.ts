import { InvalidModelError, InvalidOptionError, InvalidPackageError } from '@dilated-unet/core';
import { describe, expect, test } from 'vitest';
import { archive, encodeNpy, openModel, type Model } from '../src/index.ts';
import {
  CARD,
  fixture,
  hash,
  replaceFile,
  setField,
  tinyModel,
  tinyPackage,
  withRdf,
  type TinyPackage,
} from './support/tiny-package.ts';

/** Hash of the README of the tiny package. */
const README = hash(tinyPackage().files.get('README.md') as Uint8Array);

const open = (made: TinyPackage): Promise<Model> => openModel(archive(withRdf(made)));

/** A package with some fields of its description changed. */
function changed(fields: Record<string, unknown>): TinyPackage {
  const made = tinyPackage();
  for (const [path, value] of Object.entries(fields)) setField(made.rdf, path, value);
  return made;
}

async function refusal(what: Promise<unknown>): Promise<InvalidPackageError> {
  const error: unknown = await what.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(InvalidPackageError);
  return error as InvalidPackageError;
}

describe('a package', () => {
  test('is opened with its card, forms, test, weights and parent', async () => {
    const made = tinyPackage();
    const files = withRdf(made);
    const model = await openModel(archive(files));
    expect(model).toMatchObject({
      name: 'Tiny U-net',
      sha256: hash(files.get('rdf.yaml') as Uint8Array),
      card: CARD,
      parent: { name: 'Tinier U-net', sha256: 'ab'.repeat(32) },
    });
    expect(model.forms.map(({ precision, engine, source }) => [precision, engine, source])).toEqual([
      ['fp32', null, 'model.onnx'],
      ['fp32', 'wasm', 'model-wasm.onnx'],
      ['fp16', null, 'model-fp16.onnx'],
      ['int8', null, 'model-int8.onnx'],
    ]);
    expect(model.forms[3]?.deviation).toEqual({
      largestDifference: 5.4e-2,
      meanDifference: 5.3e-3,
      classChanged: 5.2e-3,
      interiorDice: -1e-3,
      vRand: 2e-4,
    });
    for (const form of model.forms) expect(await form.read()).toEqual(made.files.get(form.source as string));
    expect(await model.weights()).toEqual(made.files.get('weights.safetensors'));
    expect(model.test?.input).toMatchObject({ width: 32, height: 24 });
    expect(model.test?.input.data[0]).toBe(new Float32Array(fixture('test-input.npy').slice(128).buffer)[0]);
    expect(model.test?.output.data).toHaveLength(24 * 32);
    await expect(model.verifyFiles()).resolves.toBeUndefined();
  });

  test.each([
    ['its terms in words', { 'config.dilated_unet.terms': 'For tests alone.', license: 'MIT' }, 'For tests alone.'],
    ['else its licence', { license: 'CC-BY-4.0' }, 'CC-BY-4.0'],
    [
      'else the file of its licence',
      { license: { source: 'README.md', sha256: README } },
      'See README.md in the package.',
    ],
    ['null where it has neither', {}, null],
  ])('says under what it may be used: %s', async (_, fields, terms) => {
    const made = tinyPackage();
    for (const [path, value] of Object.entries(fields)) setField(made.rdf, path, value);
    expect((await openModel(archive(withRdf(made)))).terms).toBe(terms);
  });

  test('of format 1, as tools wrote it at its beginning, is opened', async () => {
    const model = await openModel(fixture('format-1.zip'));
    expect(model).toMatchObject({ name: 'Tiny U-net', card: CARD, parent: null });
    expect(model.sha256).toBe('b7dd865ba59c7041f067e7ad4bb65725c9e932413609bfc2fb60e2858bd4850d');
    expect(model.forms.map(({ precision, source }) => [precision, source])).toEqual([['fp32', 'model.onnx']]);
    expect(await model.formFor({ engine: 'cpu' }).read()).toEqual(tinyModel());
    expect(await model.weights()).toHaveLength(100);
    expect(model.test?.output).toMatchObject({ width: 32, height: 24 });
    await model.verifyFiles();
  });

  test.each([
    [{ engine: 'cpu' }, 'model.onnx'],
    [{ engine: 'wasm' }, 'model-wasm.onnx'],
    [{ engine: 'cuda' }, 'model-fp16.onnx'],
    [{ engine: 'webgpu' }, 'model.onnx'],
    [{ engine: 'webgpu', hasHalfFloats: true }, 'model-fp16.onnx'],
    [{ engine: 'wasm', precision: 'int8' }, 'model-int8.onnx'],
    [{ engine: 'cuda', precision: 'fp32' }, 'model.onnx'],
    [{ engine: 'cpu', precision: 'fp16' }, 'model-fp16.onnx'],
  ] as const)('gives the form for %o: %s', async (choice, source) => {
    expect((await open(tinyPackage())).formFor(choice).source).toBe(source);
  });

  test('refuses a precision that it lacks, and says what there is', async () => {
    const made = tinyPackage();
    const { forms } = (made.rdf['config'] as { dilated_unet: { forms: unknown[] } }).dilated_unet;
    setField(made.rdf, 'config.dilated_unet.forms', forms.slice(0, 3));
    const model = await open(made);
    const choose = () => model.formFor({ engine: 'cpu', precision: 'int8' });
    expect(choose).toThrow(InvalidOptionError);
    expect(choose).toThrow('precision must be one that the model has: auto, fp32, fp16; received "int8".');
    expect(model.formFor({ engine: 'cuda' }).precision).toBe('fp16');
  });

  test.each([
    ['newer patch of the format', { format_version: '0.5.99' }],
    [
      'no authors, parent, weights or documentation',
      {
        authors: undefined,
        documentation: undefined,
        'config.dilated_unet.parent': undefined,
        'config.dilated_unet.weights': undefined,
      },
    ],
    ['fields that this version does not know', { future: { a: [1] }, 'config.dilated_unet.forms.0.future': 1 }],
    [
      'type steps, as tools add them',
      {
        'inputs.0.preprocessing': [
          { id: 'ensure_dtype', kwargs: { dtype: 'float32' } },
          { kwargs: { std: 50, mean: 120 }, id: 'fixed_zero_mean_unit_variance' },
          { id: 'ensure_dtype', kwargs: { dtype: 'float32' } },
        ],
        'outputs.0.postprocessing': [{ id: 'ensure_dtype', kwargs: { dtype: 'float32' } }],
      },
    ],
  ])('may have: %s', async (_, fields) => {
    const model = await open(changed(fields));
    expect(model.card).toEqual(CARD);
  });

  test.each([
    ['section', ['y', 'x']],
    ['stack', ['batch', 'y', 'x']],
  ] as const)('may have a card that normalises each %s by itself, which the preprocessing says', async (by, axes) => {
    const card = { format: 3, normalise: by } as const;
    const made = tinyPackage();
    for (const form of ['model.onnx', 'model-wasm.onnx']) replaceFile(made, form, tinyModel('fp32', card));
    expect(await refusal(open(made))).toMatchObject({ field: 'inputs[0].preprocessing' });
    setField(made.rdf, 'inputs.0.preprocessing', [{ id: 'zero_mean_unit_variance', kwargs: { axes } }]);
    expect((await open(made)).card.normalise).toBe(by);
  });

  test('may say the pixels of the training in its axes, as the card does or where that does not know', async () => {
    const axes = { 'inputs.0.axes.1.scale': 4, 'inputs.0.axes.1.unit': 'nanometer', 'inputs.0.axes.2.scale': 3.7 };
    const said = { ...axes, 'inputs.0.axes.2.unit': 'nanometer' };
    expect((await open(changed(said))).card).toEqual({ ...CARD, pixelSize: { y: 4, x: 3.7 } });
    expect((await open(changed(axes))).card).toEqual(CARD);
    expect((await open(changed({ ...said, 'inputs.0.axes.2.unit': 'pixel' }))).card).toEqual(CARD);

    const made = tinyPackage();
    for (const form of ['model.onnx', 'model-wasm.onnx']) {
      replaceFile(made, form, tinyModel('fp32', { pixelSize: { x: 3.7, y: 4 } }));
    }
    expect(await refusal(open(made))).toMatchObject({ field: 'inputs[0].axes' });
    for (const [field, value] of Object.entries(said)) setField(made.rdf, field, value);
    expect((await open(made)).card.pixelSize).toEqual({ y: 4, x: 3.7 });
    // As axes are written now: rounded to a float32. What the card says stays.
    setField(made.rdf, 'inputs.0.axes.2.scale', Math.fround(3.7));
    expect((await open(made)).card.pixelSize).toEqual({ y: 4, x: 3.7 });
    setField(made.rdf, 'inputs.0.axes.2.scale', 3.70001);
    expect(await refusal(open(made))).toMatchObject({ field: 'inputs[0].axes' });
    setField(made.rdf, 'inputs.0.axes.2.scale', 3.7);
    setField(made.rdf, 'inputs.0.axes.1.scale', 5);
    expect((await refusal(open(made))).message).toContain('[{"scale":4,"unit":"nanometer"},{"scale":3.7');
  });

  test.each([
    ['sees less far', { receptiveFieldRadius: 0 }, {}, 0],
    ['sees farther', { receptiveFieldRadius: 5 }, {}, 6],
    ['has no halo in its description', {}, { 'outputs.0.axes.1.halo': undefined }, 4],
    ['has another halo along x', {}, { 'outputs.0.axes.2.halo': 2 }, 4],
  ])('is refused where its card and its halo differ: it %s', async (_, card, fields, expected) => {
    const made = changed(fields);
    for (const form of ['model.onnx', 'model-wasm.onnx']) replaceFile(made, form, tinyModel('fp32', card));
    const { field, rule } = await refusal(open(made));
    expect(field).toBe('outputs[0].axes');
    expect(rule).toContain(`must have a halo of ${expected} along y and x`);
    setField(made.rdf, 'outputs.0.axes.1.halo', expected);
    setField(made.rdf, 'outputs.0.axes.2.halo', expected);
    for (const axis of [1, 2]) setField(made.rdf, `inputs.0.axes.${axis}.size.min`, 2 * expected + 2);
    expect((await open(made)).card).toMatchObject(card);
  });

  test('of a network that sees farther than a halo may be has the largest one', async () => {
    const size = { min: 322, step: 2 };
    const made = changed({
      ...{ 'outputs.0.axes.1.halo': 160, 'outputs.0.axes.2.halo': 160 },
      ...{ 'inputs.0.axes.1.size': size, 'inputs.0.axes.2.size': size },
    });
    for (const form of ['model.onnx', 'model-wasm.onnx']) {
      replaceFile(made, form, tinyModel('fp32', { receptiveFieldRadius: 553 }));
    }
    expect((await open(made)).card.receptiveFieldRadius).toBe(553);
  });

  test('without config.dilated_unet has its one ONNX file', async () => {
    const model = await open(changed({ config: undefined }));
    expect(model.forms.map(({ precision, source }) => [precision, source])).toEqual([['fp32', 'model.onnx']]);
    expect(await model.weights()).toBeNull();
    expect(model.parent).toBeNull();
    expect(model.test?.output.width).toBe(32);
  });

  test('of other origin is refused with what is missing', async () => {
    const made = tinyPackage();
    replaceFile(made, 'model.onnx', fixture('tiny-fp32.onnx'));
    expect((await refusal(open(made))).message).toMatch(
      /^model\.onnx must be an ONNX file with a model card\. The ONNX file has no dilated-unet model card/,
    );
    const onnxless = changed({ 'weights.onnx': undefined, 'weights.torchscript': { source: 'a.pt' } });
    expect(await refusal(open(onnxless))).toMatchObject({
      field: 'weights',
      rule: expect.stringContaining('onnx') as string,
    });
  });
});

describe('is refused, naming field and rule:', () => {
  const HASH = '0'.repeat(64);
  const SIZE = 'must have min and step, multiples of 2, with min above 8, as the model card says';
  test.each<[string, Record<string, unknown>, string, string]>([
    ['format of old', { format_version: '0.4.10' }, 'format_version', 'must be 0.5, of any patch'],
    ['format to come', { format_version: '0.6.0' }, 'format_version', 'must be 0.5, of any patch'],
    ['format that is a number', { format_version: 0.5 }, 'format_version', 'must be 0.5, of any patch'],
    ['another kind of resource', { type: 'dataset' }, 'type', 'must be one of model'],
    ['no name', { name: undefined }, 'name', 'must be a text; it is missing'],
    ['two inputs', { inputs: [{}, {}] }, 'inputs', 'must be one tensor'],
    ['inputs that are a map', { inputs: { a: 1 } }, 'inputs', 'must be one tensor'],
    ['axes in another order', { 'inputs.0.axes.1.id': 'x' }, 'inputs[0].axes', 'must be batch, y, x, channel'],
    ['a scale that is none', { 'inputs.0.axes.1.scale': 0, 'inputs.0.axes.1.unit': 'nanometer' }, 'inputs[0].axes[1].scale', 'must be a number above 0'],
    ['a size that the stride does not divide', { 'inputs.0.axes.1.size.min': 11 }, 'inputs[0].axes[1].size', SIZE],
    ['a size within the halo', { 'inputs.0.axes.2.size.min': 8 }, 'inputs[0].axes[2].size', SIZE],
    ['a step that the stride does not divide', { 'inputs.0.axes.2.size.step': 1 }, 'inputs[0].axes[2].size', SIZE],
    ['a step that is none', { 'inputs.0.axes.1.size.step': 0 }, 'inputs[0].axes[1].size', SIZE],
    ['a size that is a text', { 'inputs.0.axes.1.size.min': '10' }, 'inputs[0].axes[1].size', SIZE],
    ['a size that is one number', { 'inputs.0.axes.1.size': 64 }, 'inputs[0].axes[1].size', SIZE],
    ['no size', { 'inputs.0.axes.2.size': undefined }, 'inputs[0].axes[2].size', `${SIZE}; it is missing`],
    ['no test', { 'outputs.0.test_tensor': undefined }, 'outputs[0].test_tensor', 'must name a NumPy file; it is missing'],
    ['a hash that is none', { 'weights.onnx.sha256': 'abc' }, 'weights.onnx.sha256', 'must be a SHA-256 in hexadecimal'],
    ['no hash', { 'weights.onnx.sha256': undefined }, 'weights.onnx.sha256', 'must be a SHA-256 in hexadecimal; it is missing'],
    ['weights beside the ONNX file', { 'weights.onnx.external_data': { source: 'w.data' } }, 'weights.onnx.external_data', 'must be absent: the ONNX file must hold its weights itself'],
    ['another mean', { 'inputs.0.preprocessing.0.kwargs.mean': 121 }, 'inputs[0].preprocessing', 'must be what the model card says, [{"id":"fixed_zero_mean_unit_variance","kwargs":{"mean":120,"std":50}}]'],
    ['another deviation', { 'inputs.0.preprocessing.0.kwargs.std': 50.5 }, 'inputs[0].preprocessing', 'must be what the model card says, [{"id":"fixed_zero_mean_unit_variance","kwargs":{"mean":120,"std":50}}]'],
    ['a further step', { 'inputs.0.preprocessing.1': { id: 'clip', kwargs: { min: 0, max: 1 } } }, 'inputs[0].preprocessing', 'must be what the model card says, [{"id":"fixed_zero_mean_unit_variance","kwargs":{"mean":120,"std":50}}]'],
    ['no preprocessing', { 'inputs.0.preprocessing': undefined }, 'inputs[0].preprocessing', 'must be what the model card says, [{"id":"fixed_zero_mean_unit_variance","kwargs":{"mean":120,"std":50}}]; it is missing'],
    ['another type before the network', { 'inputs.0.preprocessing.1': { id: 'ensure_dtype', kwargs: { dtype: 'uint8' } } }, 'inputs[0].preprocessing', 'must be what the model card says, [{"id":"fixed_zero_mean_unit_variance","kwargs":{"mean":120,"std":50}}]'],
    ['another type behind it', { 'outputs.0.postprocessing': [{ id: 'ensure_dtype', kwargs: { dtype: 'uint8' } }] }, 'outputs[0].postprocessing', 'must be empty: the network gives probabilities'],
    ['a type that is not said', { 'outputs.0.postprocessing': [{ id: 'ensure_dtype' }] }, 'outputs[0].postprocessing', 'must be empty: the network gives probabilities'],
    ['postprocessing', { 'outputs.0.postprocessing': [{ id: 'sigmoid' }] }, 'outputs[0].postprocessing', 'must be empty: the network gives probabilities'],
    ['another format of ours', { 'config.dilated_unet.format': 2 }, 'config.dilated_unet.format', 'must be 1; another needs the version of dilated-unet that wrote it'],
    ['no format of ours', { 'config.dilated_unet.format': undefined }, 'config.dilated_unet.format', 'must be 1; another needs the version of dilated-unet that wrote it; it is missing'],
    ['an unknown precision', { 'config.dilated_unet.forms.2.precision': 'bf16' }, 'config.dilated_unet.forms[2].precision', 'must be one of fp32, fp16, int8'],
    ['an unknown engine', { 'config.dilated_unet.forms.1.engine': 'webnn' }, 'config.dilated_unet.forms[1].engine', 'must be one of cpu, cuda, wasm, webgpu'],
    ['a form twice', { 'config.dilated_unet.forms.1.engine': undefined }, 'config.dilated_unet.forms', 'must have each precision once for an engine'],
    ['no exact form', { 'config.dilated_unet.forms.0.engine': 'cpu' }, 'config.dilated_unet.forms', 'must have one of precision fp32 for every engine, the file of weights.onnx'],
    ['no deviation', { 'config.dilated_unet.forms.3.deviation': undefined }, 'config.dilated_unet.forms[3].deviation.largestDifference', 'must be a number from 0 to 1; it is missing'],
    ['a change of a score that is none', { 'config.dilated_unet.forms.3.deviation.vRand': 1.5 }, 'config.dilated_unet.forms[3].deviation.vRand', 'must be a number from -1 to 1'],
    ['a deviation that is none', { 'config.dilated_unet.forms.3.deviation.meanDifference': NaN }, 'config.dilated_unet.forms[3].deviation.meanDifference', 'must be a number from 0 to 1'],
    ['trained weights that are no attachment', { attachments: [] }, 'config.dilated_unet.weights', 'must be one of the attachments'],
    ['a parent without hash', { 'config.dilated_unet.parent': { name: 'a' } }, 'config.dilated_unet.parent.sha256', 'must be a SHA-256 in hexadecimal; it is missing'],
    ['a licence that is no text and no file', { license: 4 }, 'license', 'must be a text'],
    ['a licence without hash', { license: { source: 'README.md' } }, 'license.sha256', 'must be a SHA-256 in hexadecimal; it is missing'],
    ['a missing licence', { license: { source: 'LICENSE', sha256: HASH } }, 'LICENSE', 'must be in the package, since rdf.yaml names it; it is missing'],
    ['missing weights of another format', { 'weights.torchscript': { source: 'w.pt', sha256: HASH } }, 'w.pt', 'must be in the package, since rdf.yaml names it; it is missing'],
    ['weights of another format without hash', { 'weights.torchscript': { source: 'README.md' } }, 'weights.torchscript.sha256', 'must be a SHA-256 in hexadecimal; it is missing'],
    ['missing code of other weights', { 'weights.pytorch_state_dict': { source: 'README.md', sha256: README, architecture: { callable: 'Net', source: 'net.py', sha256: HASH } } }, 'net.py', 'must be in the package, since rdf.yaml names it; it is missing'],
    ['a missing environment of other weights', { 'weights.pytorch_state_dict': { source: 'README.md', sha256: README, dependencies: { source: 'environment.yaml', sha256: HASH } } }, 'environment.yaml', 'must be in the package, since rdf.yaml names it; it is missing'],
    ['a missing file', { covers: [{ source: 'cover.png', sha256: HASH }] }, 'cover.png', 'must be in the package, since rdf.yaml names it; it is missing'],
  ])('%s', async (_, fields, field, rule) => {
    expect(await refusal(open(changed(fields)))).toMatchObject({ field, rule });
  }); // prettier-ignore

  test.each([
    '../model.onnx',
    'a/../../b',
    '/etc/passwd',
    'a\\b',
    '..%2fmodel.onnx',
    'a\0b',
    'C:x',
    'https://a/b',
    './a',
    'a//b',
    '',
    '..',
  ])('a path that leaves the package: %j', async (source) => {
    const error = await refusal(open(changed({ 'weights.onnx.source': source })));
    expect(error.field).toBe('weights.onnx.source');
  });

  test.each(['model.onnx', 'test-input.npy', 'test-output.npy'])('a tampered file: %s', async (source) => {
    const made = tinyPackage();
    const bytes = made.files.get(source) as Uint8Array;
    bytes[bytes.length - 9] = (bytes[bytes.length - 9] as number) ^ 1;
    const error = await refusal(open(made));
    expect(error.field).toBe(source);
    expect(error.rule).toMatch(/^must be the file that the package was published with, of SHA-256 [0-9a-f]{64}$/);
    expect(error.message).toContain(`received "${hash(bytes)}"`);
  });

  test.each(['model-int8.onnx', 'weights.safetensors', 'README.md'])(
    'a tampered file, when it is read: %s',
    async (source) => {
      const made = tinyPackage();
      const bytes = made.files.get(source) as Uint8Array;
      bytes[0] = (bytes[0] as number) ^ 1;
      const model = await open(made);
      expect(await refusal(model.verifyFiles())).toMatchObject({ field: source });
      if (source === 'model-int8.onnx') {
        expect(await refusal(model.formFor({ engine: 'cpu', precision: 'int8' }).read())).toMatchObject({
          field: source,
        });
      }
      if (source.startsWith('weights')) expect(await refusal(model.weights())).toMatchObject({ field: source });
    },
  );

  test.each([
    ['weights of another format', 'weights.torchscript'],
    ['a licence', 'license'],
  ])('%s that was tampered with', async (_, field) => {
    const made = changed({ [field]: { source: 'other', sha256: '0'.repeat(64) } });
    made.files.set('other', new Uint8Array(3));
    expect(await refusal((await open(made)).verifyFiles())).toMatchObject({ field: 'other' });
    replaceFile(made, 'other', new Uint8Array(3));
    await expect((await open(made)).verifyFiles()).resolves.toBeUndefined();
  });

  test('a form whose card is not that of the exact one', async () => {
    const made = tinyPackage();
    replaceFile(made, 'model-fp16.onnx', tinyModel('fp16', { normalisation: { mean: 0, std: 1 } }));
    const model = await open(made);
    for (const read of [() => model.verifyFiles(), () => model.formFor({ engine: 'cuda' }).read()]) {
      expect(await refusal(read())).toMatchObject({
        field: 'model-fp16.onnx',
        rule: 'must have the model card of model.onnx; it has another',
      });
    }
  });

  test('external data in an ONNX file', async () => {
    const made = tinyPackage();
    // A graph (field 7) with a weight (5) whose data_location (14) is 1, joined to the file: ONNX merges the two.
    const bytes = Uint8Array.from([...tinyModel(), 0x3a, 4, 0x2a, 2, 0x70, 1]);
    replaceFile(made, 'model.onnx', bytes);
    expect(await refusal(open(made))).toMatchObject({
      field: 'model.onnx',
      rule: 'must hold its weights itself; it has external data',
    });
    await expect(openModel(bytes)).rejects.toThrow('The ONNX file must hold its weights itself');
  });

  const tensor = (shape: readonly number[], fill = 0.5): Uint8Array =>
    encodeNpy(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(fill), shape);
  test.each<[string, string, Uint8Array, string]>([
    ['no NumPy file', 'test-input.npy', new Uint8Array(500), 'must be a NumPy file of version 1.0'],
    ['float64', 'test-input.npy', Buffer.from(Buffer.from(fixture('test-input.npy')).toString('latin1').replace('<f4', '<f8'), 'latin1'), 'must have values of type float32 (<f4)'],
    ['other axes', 'test-input.npy', tensor([24, 32]), 'must have the shape 1, y, x, 1, with sides that are multiples of 2 and at most 2048'],
    ['two channels', 'test-output.npy', tensor([1, 24, 32, 2]), 'must have the shape 1, y, x, 1, with sides that are multiples of 2 and at most 2048'],
    ['sides that the stride does not divide', 'test-input.npy', tensor([1, 24, 31, 1]), 'must have the shape 1, y, x, 1, with sides that are multiples of 2 and at most 2048'],
    ['another size than the input', 'test-output.npy', tensor([1, 32, 24, 1]), 'must have the 24 x 32 pixels of the input'],
    ['too few values', 'test-output.npy', tensor([1, 24, 32, 1]).slice(0, -4), 'must have the 768 values of its shape'],
    ['values that are no probabilities', 'test-output.npy', tensor([1, 24, 32, 1], 1.5), 'must have probabilities, 0 to 1'],
    ['values that are not finite', 'test-input.npy', tensor([1, 24, 32, 1], NaN), 'must have finite values'],
    ['absurd sides', 'test-input.npy', tensor([1, 2, 4000, 1]), 'must have the shape 1, y, x, 1, with sides that are multiples of 2 and at most 2048'],
  ])('a test with %s', async (_, source, bytes, rule) => {
    const made = tinyPackage();
    replaceFile(made, source, bytes);
    expect(await refusal(open(made))).toMatchObject({ field: source, rule });
  }); // prettier-ignore

  test.each<[string, Map<string, Uint8Array>, string]>([
    ['no description', tinyPackage().files, 'rdf.yaml'],
    ['two descriptions', new Map([...withRdf(tinyPackage()), ['bioimageio.yaml', new Uint8Array(3)]]), 'bioimageio.yaml'],
    ['a description in a folder', new Map([...withRdf(tinyPackage())].map(([name, bytes]) => [`tiny/${name}`, bytes])), 'rdf.yaml'],
  ])('%s', async (_, files, field) => {
    expect(await refusal(openModel(archive(files)))).toMatchObject({ field });
  }); // prettier-ignore
});

describe('a single ONNX file', () => {
  test.each(['fp32', 'fp16', 'int8'] as const)('is a model of one form: %s', async (precision) => {
    const bytes = tinyModel(precision);
    const model = await openModel(bytes);
    expect(model).toMatchObject({ name: 'tiny', card: CARD, sha256: hash(bytes), test: null, parent: null });
    expect(model.forms.map((form) => form.precision)).toEqual([precision]);
    expect(model.formFor({ engine: 'cuda' }).precision).toBe(precision);
    expect(await model.formFor({ engine: 'wasm', precision }).read()).toEqual(bytes);
    expect(await model.weights()).toBeNull();
    await expect(model.verifyFiles()).resolves.toBeUndefined();
  });

  test('without a card is refused', async () => {
    await expect(openModel(fixture('tiny-fp32.onnx'))).rejects.toThrow(InvalidModelError);
    await expect(openModel(fixture('tiny-fp32.onnx'))).rejects.toThrow('no dilated-unet model card');
  });
});
