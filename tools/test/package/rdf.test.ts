import { variant, type ModelCard } from '@dilated-unet/core';
import { parseTrainConfig, PRESETS, type TrainConfigInput } from '@dilated-unet/trainer';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { NOTHING_SAID } from '../../src/package/about.ts';
import { writeDocumentation } from '../../src/package/documentation.ts';
import { fp32 } from '../../src/package/forms/fp32.ts';
import type { RunFacts } from '../../src/package/run-facts.ts';
import { writeRdf, type PackagedFile, type PackagedFiles } from '../../src/package/rdf.ts';

const file = (source: string): PackagedFile => ({ source, sha256: source.padEnd(64, '0') });
const tensor = (name: string) => ({ test: file(`test-${name}.npy`), sample: file(`sample-${name}.tif`) });
const card: ModelCard = {
  format: 2,
  name: 'unet',
  input: 'image',
  output: 'interior',
  stride: 8,
  receptiveFieldRadius: 90,
  largestActivationBytes: 264,
  normalisation: { mean: 126, std: 44 },
};

const image = { width: 8, height: 8, depth: 1, data: new Uint8Array(64) };
const deviation = { sections: 2, largestDifference: 1e-6, meanDifference: 1e-7, classChanged: 0 };
const about = { ...NOTHING_SAID, name: 'U-net for tests' };
const halo = { pixels: 96, borderEffect: 0 };
const files: PackagedFiles = {
  forms: [{ form: fp32, deviation, file: file('model.onnx') }],
  weights: file('weights.safetensors'),
  input: tensor('input'),
  output: tensor('output'),
  documentation: file('README.md'),
  cover: file('cover.png'),
  pictures: [],
};
const facts = (more: Partial<TrainConfigInput> = {}): RunFacts => ({
  config: parseTrainConfig({ ...PRESETS['phantom-quick'].overrides, network: { name: 'unet' }, ...more }),
  trained: { network: variant('unet'), weights: new Map() },
  card,
  steps: 10,
  heldOut: null,
  labelOffset: null,
  scoredOffsets: [],
  versions: {},
  images: image,
  expected: { ...image, data: new Float32Array(64) },
  labels: null,
  calibration: null,
});
const heldOut = { vRand: 0.9, vInfo: 0.9, warpingError: 0, pixelError: 0.1, interiorDice: 0.9, membraneDice: 0.8 };
const stack = (name: string) => ({ name, images: `/${name}/i.tif`, labels: `/${name}/l.tif` });
const rdfOf = (of: RunFacts) => parse(writeRdf(of, about, { files, halo })) as Record<string, Record<string, unknown>>;

test('what is ours is the weights and a list of forms, each a file with its precision and deviation', () => {
  const rdf = rdfOf(facts());
  expect(rdf['weights']).toEqual({ onnx: { ...file('model.onnx'), opset_version: 17 } });
  expect(rdf['attachments']).toEqual([file('weights.safetensors')]);
  expect(rdf['config']?.['dilated_unet']).toEqual({
    format: 1,
    weights: 'weights.safetensors',
    forms: [{ precision: 'fp32', ...file('model.onnx'), deviation }],
  });
});

const axesOf = (rdf: ReturnType<typeof rdfOf>, field: 'inputs' | 'outputs') =>
  (rdf[field] as unknown as [{ axes: Record<string, unknown>[] }])[0].axes;

test('axes say the pixels of the training, where the card knows them, and so does the text', () => {
  const sized = { ...facts(), card: { ...card, pixelSize: { y: 4, x: 3.7 } } };
  const rdf = rdfOf(sized);
  for (const field of ['inputs', 'outputs'] as const) {
    const axes = axesOf(rdf, field);
    expect(axes[1]).toMatchObject({ id: 'y', scale: 4, unit: 'nanometer' });
    expect(axes[2]).toMatchObject({ id: 'x', scale: Math.fround(3.7), unit: 'nanometer' });
    for (const axis of axesOf(rdfOf(facts()), field)) expect(axis).not.toHaveProperty('unit');
  }
  const text = (of: RunFacts) => writeDocumentation(of, about, { halo, forms: files.forms });
  expect(text(sized)).toContain('trained at pixels of 4 x 3.7 nm (y, x)');
  expect(text(facts())).not.toContain('pixels of');
});

test("bioimage.io's tools find whole sizes and halos by the scales of input and output", () => {
  const sizes = [96, 160, ...Array.from({ length: 313 }, (_, i) => 200 + i)];
  for (let tenths = 10; tenths <= 200; tenths++) {
    const [y, x] = [tenths / 10, tenths / 10];
    const rdf = rdfOf({ ...facts(), card: { ...card, pixelSize: { y, x } } });
    const [given, found] = (['inputs', 'outputs'] as const).map((field) => axesOf(rdf, field)[1]?.['scale']) as [number, number]; // prettier-ignore
    expect(Math.abs(given / y - 1)).toBeLessThan(1e-7);
    // As bioimageio.spec has it: the halo of the reference, and the size by it.
    expect(sizes.filter((size) => (size * found) / given !== size || (size * given) / found !== size)).toEqual([]);
  }
});

test('a form for one engine names it, and is an attachment, so that other programs keep it', () => {
  const wasm = { form: { ...fp32, engine: 'wasm', file: 'wasm.onnx' }, deviation, file: file('wasm.onnx') } as const;
  const forms: PackagedFiles['forms'] = [...files.forms, wasm];
  const rdf = parse(writeRdf(facts(), about, { files: { ...files, forms }, halo })) as ReturnType<typeof rdfOf>;
  expect(rdf['attachments']).toEqual([file('weights.safetensors'), file('wasm.onnx')]);
  expect(rdf['config']?.['dilated_unet']).toMatchObject({
    forms: [
      { precision: 'fp32', source: 'model.onnx' },
      { precision: 'fp32', engine: 'wasm', ...file('wasm.onnx') },
    ],
  });
  const text = writeDocumentation(facts(), about, { halo, forms });
  expect(text).toContain('| file | form | largest difference | mean difference | pixels that change class |');
  expect(text).toContain(
    '| `wasm.onnx` | float32, batch norms folded, channels in blocks, nothing concatenated, upsampling by convolutions | 1.0e-6 | 1.0e-7 | 0.0 % |',
  );
});

test('a model that was not trained from the start names the one that it goes back to', () => {
  const sha256 = 'a'.repeat(64);
  const init = { path: '/here/axons', name: 'axons', sha256, newHead: true };
  expect(rdfOf(facts({ init }))['config']?.['dilated_unet']).toMatchObject({ parent: { name: 'axons', sha256 } });
  const text = (of: RunFacts): string => writeDocumentation(of, about, { halo, forms: files.forms });
  expect(text(facts({ init }))).toContain(
    `## Training\n\nThe training began from the weights of the model "axons" (SHA-256 \`${sha256}\`), all layers but the last.\n10 steps`,
  );
  expect(text(facts({ init }))).not.toContain('/here');
  expect(text(facts())).toContain('## Training\n\n10 steps');
});

test('what is said of a model stands in its description and its README', () => {
  const cite = [{ text: 'A. Researcher: Tissue', doi: '10.1234/tissue' }];
  const said = { ...about, terms: 'For tests alone.', cite, text: '## Where it works\n\n![A cell](cell.png)' };
  const pictures = [file('cell.png')];
  const rdf = parse(writeRdf(facts(), said, { files: { ...files, pictures }, halo })) as ReturnType<typeof rdfOf>;
  expect(rdf['attachments']).toEqual([file('weights.safetensors'), file('cell.png')]);
  expect(rdf['cite']).toContainEqual(cite[0]);
  expect(rdf['license']).toBeUndefined();
  expect(rdf['config']?.['dilated_unet']).toMatchObject({ terms: 'For tests alone.' });
  const text = writeDocumentation(facts(), said, { halo, forms: files.forms });
  expect(text).toContain('else membrane.\n\n## Where it works\n\n![A cell](cell.png)\n\n## Use');
  expect(text).toContain(
    '## Licence\n\nFor tests alone.\n\n- A. Researcher: Tissue, [doi:10.1234/tissue](https://doi.org/10.1234/tissue)\n',
  );
  expect(writeDocumentation(facts(), about, { halo, forms: files.forms })).toContain('else membrane.\n\n## Use');
});

test('a model of several stacks says on which sections of which it was scored, and how it normalises', () => {
  const several = (holdOut: number): RunFacts => ({
    ...facts({
      data: { kind: 'several', stacks: [stack('brain'), { ...stack('cord'), heldOut: true }, stack('gut')] },
      holdOut,
    }),
    card: { ...card, format: 3, normalise: 'stack' },
    heldOut,
  });
  const text = (of: RunFacts): string => writeDocumentation(of, about, { halo, forms: files.forms });
  expect(text(several(0))).toContain('On all of cord, which the training did not see:');
  expect(text(several(2))).toContain(
    'On all of cord, the last 2 sections of brain, the last 2 sections of gut, which the training did not see:',
  );
  expect(text(several(0))).toContain('normalised by the mean and standard deviation of all sections of a stack');
  expect(text(several(0))).not.toContain('fixed');
  for (const normalise of ['section', 'stack'] as const) {
    expect(text({ ...facts(), card: { ...card, normalise } })).toContain(
      'other programs count it: **crop it there first**.',
    );
  }
  expect(text(facts())).not.toContain('padding');
  const [input] = rdfOf(several(0))['inputs'] as unknown as [{ preprocessing: unknown }];
  expect(input.preprocessing).toEqual([{ id: 'zero_mean_unit_variance', kwargs: { axes: ['batch', 'y', 'x'] } }]);
});

test.each<[string, Partial<TrainConfigInput>]>([
  ['On the last 3 sections, which the training did not see:', { holdOut: 3 }],
  ['On sections 1 - 3, which the training did not see:', { holdOut: 3, holdOutFrom: 0 }],
  ['On section 5, which the training did not see:', { holdOut: 1, holdOutFrom: 4 }],
  [
    'On sections 5 - 6 of brain, sections 5 - 6 of gut, which the training did not see:',
    { holdOut: 2, holdOutFrom: 4, data: { kind: 'several', stacks: [stack('brain'), stack('gut')] } },
  ],
  [
    'On the last 3 sections, which the training did not see, but by whose validation loss its weights were chosen:',
    { holdOut: 3, exportWeights: 'best' },
  ],
])('says on which sections a model was scored: %s', (sentence, more) => {
  const of = { ...facts({ exportWeights: 'last', ...more }), heldOut };
  expect(writeDocumentation(of, about, { halo, forms: files.forms })).toContain(sentence);
});

test('says where predictions were moved before they were scored, so that the scores can be found again', () => {
  const text = (scoredOffsets: RunFacts['scoredOffsets']): string =>
    writeDocumentation({ ...facts({ holdOut: 3 }), heldOut, scoredOffsets }, about, { halo, forms: files.forms });
  expect(text([])).not.toContain('moved');
  expect(text([{ name: null, offset: { y: -0.53081234, x: -0.2421 } }])).toContain(
    'Arganda-Carreras et al. 2015). Labels lie 0.53 pixels above and 0.24 left of the tissue; predictions were moved to them before ' +
      'they were scored (`trainer:evaluate --label-offset -0.530812,-0.2421`).\n\nIts forms',
  );
  const several = text([
    { name: 'brain', offset: { y: 1, x: -0.25 } },
    { name: 'gut', offset: { y: 0, x: 0.125 } },
  ]);
  expect(several).toContain('Labels of brain lie 1.00 pixels below and 0.25 left of the tissue;');
  expect(several).toContain('Labels of gut lie');
  expect(several).toContain('`trainer:evaluate --label-offset 0,0.125`');
});

test('tells how the package is run, and how long one was trained, in words that fit', () => {
  const text = (of: RunFacts): string => writeDocumentation(of, about, { halo, forms: files.forms });
  expect(text(facts())).toContain('--model PACKAGE --input');
  expect(text(facts())).toContain('\n\nPACKAGE is the folder of this file, or its zip.\n\n');
  expect(text({ ...facts({ batchSize: 1 }), steps: 8 })).toContain('\n8 steps of 1 window of ');
  expect(text({ ...facts({ batchSize: 2 }), steps: 1 })).toContain('\n1 step of 2 windows of ');
});

test('says of a training without scores why it has none, and on what its forms are compared', () => {
  const text = (of: RunFacts): string => writeDocumentation(of, about, { halo, forms: files.forms });
  const unscored = text(facts({ holdOut: 3 }));
  expect(unscored).toContain(
    'This training has no scores of its own: what was held out (the last 3 sections) cannot be scored, since a section has no cell interior.',
  );
  expect(unscored).toContain('on 2 sections that were held out. Differences are of probabilities.\n');
  const none = text(facts({ holdOut: 0 }));
  expect(none).toContain('No section was held out, so this training has no scores of its own.');
  expect(none).toContain('on 2 sections of the training. Differences are of probabilities.\n');
});

test('the epochs are those that were done, where the training ended before all that it was asked for', () => {
  const { stepsPerEpoch, epochs } = facts().config;
  const rdf = rdfOf({ ...facts(), steps: 3 * stepsPerEpoch });
  expect(epochs).toBeGreaterThan(3);
  expect(rdf['config']?.['bioimageio']).toMatchObject({ training: { training_epochs: 3 } });
});

test.each<[string, number | null, string]>([
  ['cannot be', 0, 'Tiles that overlap by twice the halo of 96 give what the whole image gives.'],
  ['was measured', 2e-6, 'what lies beyond it changed probabilities by 2.0e-6 at most on the test image.'],
  ['was not measured', null, 'was not measured, since the sections are too small.'],
])('says what lies beyond the halo where it %s', (_, borderEffect, sentence) => {
  const text = writeDocumentation(facts(), about, { halo: { pixels: 96, borderEffect }, forms: files.forms });
  expect(text).toContain(sentence);
});
