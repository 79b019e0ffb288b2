import { variant, type ModelCard } from '@dilated-unet/core';
import { parseTrainConfig, PRESETS } from '@dilated-unet/trainer';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { writeRdf, type PackagedFile } from '../../src/package/rdf.ts';

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

test('what is ours is the weights and a list of forms, each a file with its precision and deviation', () => {
  const image = { width: 8, height: 8, depth: 1, data: new Uint8Array(64) };
  const deviation = { sections: 2, largestDifference: 1e-6, meanDifference: 1e-7, classChanged: 0 };
  const text = writeRdf(
    {
      config: parseTrainConfig({ ...PRESETS['phantom-quick'].overrides, network: { name: 'unet' } }),
      trained: { network: variant('unet'), weights: new Map() },
      card,
      steps: 10,
      heldOut: null,
      labelOffset: null,
      versions: {},
      images: image,
      expected: { ...image, data: new Float32Array(64) },
      labels: null,
    },
    { name: 'U-net for tests', authors: [] },
    {
      files: {
        fp32: file('model.onnx'),
        weights: file('weights.safetensors'),
        input: tensor('input'),
        output: tensor('output'),
        documentation: file('README.md'),
        cover: file('cover.png'),
      },
      halo: { pixels: 96, borderEffect: 0 },
      deviation,
    },
  );
  const rdf = parse(text) as Record<string, Record<string, unknown>>;
  expect(rdf['weights']).toEqual({ onnx: { ...file('model.onnx'), opset_version: 17 } });
  expect(rdf['attachments']).toEqual([file('weights.safetensors')]);
  expect(rdf['config']?.['dilated_unet']).toEqual({
    format: 1,
    weights: 'weights.safetensors',
    forms: [{ precision: 'fp32', ...file('model.onnx'), deviation }],
  });
});
