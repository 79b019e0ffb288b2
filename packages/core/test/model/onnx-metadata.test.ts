import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidModelError, readModelCard, withModelCard, withWinograd, type ModelCard } from '../../src/index.ts';
import { asciiBytes, bytesField, concatBytes, varintField } from '../../src/model/protobuf.ts';

/** Written by ONNX's own library: fixtures/make-onnx.py. */
const onnx = new Uint8Array(readFileSync(new URL('../fixtures/small.onnx', import.meta.url)));
const card: ModelCard = {
  format: 2,
  largestActivationBytes: 264,
  name: 'unet',
  input: 'image',
  output: 'interior',
  stride: 8,
  receptiveFieldRadius: 90,
  normalisation: { mean: 126.25, std: 49.5 },
};
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const times = (bytes: Uint8Array, part: string): number => text(bytes).split(part).length - 1;

describe('the card in an ONNX file', () => {
  it('is read as it was written', () => {
    expect(readModelCard(withModelCard(onnx, card))).toEqual(card);
  });

  it('leaves the bytes of the model, and its other metadata, as they are', () => {
    const carded = withModelCard(onnx, card);
    expect(Buffer.compare(carded.subarray(0, onnx.length), onnx)).toBe(0);
    expect(text(onnx)).toContain('author');
    expect(carded.length - onnx.length).toBeLessThan(300);
  });

  it('is replaced by a second one: a key must not occur twice', () => {
    const twice = withModelCard(withModelCard(onnx, card), { ...card, name: 'dilated-unet' });
    expect(readModelCard(twice).name).toBe('dilated-unet');
    expect(times(twice, 'dilated_unet.card')).toBe(1);
    expect(times(twice, 'author')).toBe(1);
    expect(withModelCard(withModelCard(onnx, card), card)).toEqual(withModelCard(onnx, card));
  });

  it('may have any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-composite', minLength: 1 }), (name) => {
        expect(readModelCard(withModelCard(onnx, { ...card, name })).name).toBe(name);
      }),
    );
  });

  it('is missed in a model of other origin', () => {
    expect(() => readModelCard(onnx)).toThrow(InvalidModelError);
    expect(() => readModelCard(onnx)).toThrow('has no dilated-unet model card');
  });

  it.each([
    ['no card format', '{}', 'format'],
    ['no JSON', '{"format": 1', 'not JSON'],
    ['null', 'null', 'not an object'],
  ])('is rejected when it is %s', (_, json, message) => {
    const written = JSON.stringify(card);
    const carded = Buffer.from(withModelCard(onnx, card));
    carded.write(json.padEnd(written.length), carded.indexOf(written));
    expect(() => readModelCard(carded)).toThrow(InvalidModelError);
    expect(() => readModelCard(carded)).toThrow(message);
  });
});

describe('metadata that would fill the memory', () => {
  /** The model with a property of these bytes before its card. */
  const withProperty = (property: Uint8Array): Uint8Array =>
    concatBytes([bytesField(14, property), withModelCard(onnx, card)]);
  /** The name of the card in a thread of 64 MB. */
  async function nameInSmallMemory(model: Uint8Array): Promise<unknown> {
    const entry = `
      const { parentPort, workerData: { module, model } } = require('node:worker_threads');
      import(module).then(({ readModelCard }) => parentPort.postMessage(readModelCard(model).name));`;
    const worker = new Worker(entry, {
      eval: true,
      workerData: { module: new URL('../../dist/index.js', import.meta.url).href, model },
      resourceLimits: { maxOldGenerationSizeMb: 64 },
    });
    const [name] = (await once(worker, 'message')) as [unknown];
    await worker.terminate();
    return name;
  }

  it.each([
    ['many small fields', Uint8Array.from({ length: 4e6 }, (_, i) => (i % 2 === 0 ? 0x28 : 0))],
    ['a long key', bytesField(1, new Uint8Array(4e6).fill(97))],
  ])('is passed over: %s', async (_, property) => {
    expect(await nameInSmallMemory(withProperty(property))).toBe('unet');
  });

  it('is refused in the card', () => {
    const key = bytesField(1, asciiBytes('dilated_unet.card'));
    const large = concatBytes([
      onnx,
      bytesField(14, concatBytes([key, bytesField(2, asciiBytes('[]'.padEnd(1e6 + 1)))])),
    ]);
    expect(() => readModelCard(large)).toThrow(InvalidModelError);
    expect(() => readModelCard(large)).toThrow('model card has 1000001 bytes; a card has at most 1000000');
  });

  it('is refused in a message of which all fields are held', () => {
    const many = concatBytes(Array.from({ length: 2 ** 16 + 1 }, () => varintField(3, 0)));
    const rule = 'a message in it has more than 65536 fields';
    expect(() => withModelCard(concatBytes([many, onnx]), card)).toThrow(rule);
    expect(() => withWinograd(bytesField(7, many))).toThrow(rule);
    expect(() => withWinograd(bytesField(7, bytesField(1, many)))).toThrow(rule);
    // A weight with as many sizes, packed.
    const sizes = bytesField(1, new Uint8Array(2 ** 16 + 1));
    expect(() => withWinograd(bytesField(7, bytesField(5, sizes)))).toThrow('a list in it has more than 65536 numbers');
  });
});

describe('a file that is no ONNX model', () => {
  it.each([
    ['empty', new Uint8Array(), 'it has no graph'],
    ['text', new TextEncoder().encode('<!doctype html><title>404</title>'), 'not an ONNX model'],
    ['PNG', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), 'not an ONNX model'],
    ['cut in a field', onnx.subarray(0, 100), 'ends in the middle of a field'],
    ['an endless number', new Uint8Array(64).fill(0xff), 'too long'],
    ['a length beyond the end', Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x7f), 'ends in the middle'],
    ['field 0', Uint8Array.of(0x02, 0x00), 'numbered 0'],
    [
      'a field beyond 2^29, which others take for 14',
      Uint8Array.of(0xf0, 0x80, 0x80, 0x80, 0x10, 0x01),
      'numbered 536870926',
    ],
    ['an empty graph', Uint8Array.of(0x3a, 0x00), 'it has no graph'],
  ])('is rejected: %s', (_, bytes, message) => {
    for (const run of [() => readModelCard(bytes), () => withModelCard(bytes, card)]) {
      expect(run).toThrow(InvalidModelError);
      expect(run).toThrow(message);
    }
  });

  it('throws nothing but InvalidModelError, whatever the bytes', () => {
    const carded = withModelCard(onnx, card);
    const onlyInvalidModel = (bytes: Uint8Array): void => {
      for (const run of [() => readModelCard(bytes), () => withModelCard(bytes, card)]) {
        try {
          run();
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidModelError);
        }
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), onlyInvalidModel), { numRuns: 1000 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(carded.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: carded.length }),
        (changes, length) => {
          const bytes = carded.slice();
          for (const [at, byte] of changes) bytes[at] = byte;
          onlyInvalidModel(bytes);
          onlyInvalidModel(bytes.subarray(0, length));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

it('reads the card of a model that was exported before format 2', () => {
  // Written by version 0.1.0 with a card of format 1 around runtime-node's tiny-unet.
  const file = new URL('../../../runtime-node/test/fixtures/format-1.onnx', import.meta.url);
  expect(readModelCard(new Uint8Array(readFileSync(file)))).toEqual({
    format: 2,
    name: 'tiny-unet',
    input: 'image',
    output: 'interior',
    stride: 8,
    receptiveFieldRadius: 90,
    largestActivationBytes: 320,
    normalisation: { mean: 127.5, std: 73.9 },
  });
});
