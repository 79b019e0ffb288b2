import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { withModelCard, type ModelCard, type Precision } from '@dilated-unet/core';
import { stringify } from 'yaml';

/** The card of the networks of fixtures/make_models.py. */
export const CARD: ModelCard = {
  format: 2,
  name: 'tiny',
  input: 'image',
  output: 'interior',
  stride: 2,
  receptiveFieldRadius: 4,
  largestActivationBytes: 32,
  normalisation: { mean: 120, std: 50 },
};

/** As measured on the test of the fixtures with ONNX Runtime's CPU kernels. */
const DEVIATION = {
  fp32: { sections: 1, largestDifference: 3e-7, meanDifference: 4.2e-8, classChanged: 0 },
  fp16: { sections: 1, largestDifference: 1.7e-3, meanDifference: 1.4e-4, classChanged: 1.3e-3 },
  int8: {
    sections: 1,
    largestDifference: 5.4e-2,
    meanDifference: 5.3e-3,
    classChanged: 5.2e-3,
    interiorDice: -1e-3,
    vRand: 2e-4,
  },
} as const satisfies Record<Precision, object>;

export const fixture = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../fixtures/${name}`, import.meta.url)));

/** A network of the fixtures with its card. */
export function tinyModel(precision: Precision = 'fp32', card: Partial<ModelCard> = {}): Uint8Array {
  return withModelCard(fixture(`tiny-${precision}.onnx`), { ...CARD, ...card });
}

export const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export interface TinyPackage {
  /** By name, without the description. */
  readonly files: Map<string, Uint8Array>;
  /** The description. */
  readonly rdf: Record<string, unknown>;
}

/** A package of the tiny network with all forms, as the exporter would write it, to be changed by a test. */
export function tinyPackage(): TinyPackage {
  const files = new Map<string, Uint8Array>([
    ['model.onnx', tinyModel()],
    ['model-wasm.onnx', tinyModel()],
    ['model-fp16.onnx', tinyModel('fp16')],
    ['model-int8.onnx', tinyModel('int8')],
    ['weights.safetensors', Uint8Array.from({ length: 100 }, (_, i) => i)],
    ['test-input.npy', fixture('test-input.npy')],
    ['test-output.npy', fixture('test-output.npy')],
    ['README.md', new TextEncoder().encode('# Tiny\n\n## Validation\n\nNone.\n')],
  ]);
  const file = (source: string): object => ({ source, sha256: hash(files.get(source) as Uint8Array) });
  const tensor = (id: string, name: string, halo?: { readonly halo: number }): object => ({
    id,
    axes: [
      { type: 'batch' },
      { type: 'space', id: 'y', size: { min: 10, step: 2 }, ...halo },
      { type: 'space', id: 'x', size: { min: 10, step: 2 }, ...halo },
      { type: 'channel', id: 'channel', channel_names: [id] },
    ],
    data: { type: 'float32' },
    test_tensor: file(`test-${name}.npy`),
  });
  const kwargs = CARD.normalisation;
  const rdf = {
    format_version: '0.5.12',
    type: 'model',
    name: 'Tiny U-net',
    authors: [],
    documentation: file('README.md'),
    attachments: ['weights.safetensors', 'model-wasm.onnx', 'model-fp16.onnx', 'model-int8.onnx'].map(file),
    inputs: [{ ...tensor('raw', 'input'), preprocessing: [{ id: 'fixed_zero_mean_unit_variance', kwargs }] }],
    outputs: [tensor('interior', 'output', { halo: 4 })],
    weights: { onnx: { ...file('model.onnx'), opset_version: 17 } },
    config: {
      dilated_unet: {
        format: 1,
        weights: 'weights.safetensors',
        parent: { name: 'Tinier U-net', sha256: 'ab'.repeat(32) },
        forms: [
          { precision: 'fp32', ...file('model.onnx'), deviation: DEVIATION.fp32 },
          { precision: 'fp32', engine: 'wasm', ...file('model-wasm.onnx'), deviation: DEVIATION.fp32 },
          { precision: 'fp16', ...file('model-fp16.onnx'), deviation: DEVIATION.fp16 },
          { precision: 'int8', ...file('model-int8.onnx'), deviation: DEVIATION.int8 },
        ],
      },
    },
  };
  return { files, rdf: structuredClone(rdf) };
}

/** The files of a package with its description among them. */
export function withRdf({ files, rdf }: TinyPackage): Map<string, Uint8Array> {
  const text = stringify(rdf, { lineWidth: 0, aliasDuplicateObjects: false });
  return new Map([...files, ['rdf.yaml', new TextEncoder().encode(text)]]);
}

/** Puts `bytes` in the place of a file, and its hash wherever it is named: a package that is another, and whole. */
export function replaceFile({ files, rdf }: TinyPackage, source: string, bytes: Uint8Array): void {
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const entry = value as Record<string, unknown>;
    if (entry['source'] === source) entry['sha256'] = hash(bytes);
    Object.values(entry).forEach(walk);
  };
  files.set(source, bytes);
  walk(rdf);
}

/** Sets the field at `path` (`inputs.0.axes`) of a description; undefined takes it out. */
export function setField(rdf: object, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() as string;
  const parent = keys.reduce<Record<string, unknown>>(
    (part, key) => part[key] as Record<string, unknown>,
    rdf as Record<string, unknown>,
  );
  if (value === undefined) delete parent[last];
  else parent[last] = value;
}
