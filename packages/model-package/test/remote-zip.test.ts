import { describe, expect, test } from 'vitest';
import { archive, openModel, type ByteSource, type FileCache } from '../src/index.ts';
import { CARD, hash, setField, tinyPackage, withRdf, type TinyPackage } from './support/tiny-package.ts';

/** A zip as a server has it, and what is read of it. */
function served(zip: Uint8Array): ByteSource & { readonly ranges: [number, number][] } {
  const ranges: [number, number][] = [];
  return {
    size: zip.length,
    ranges,
    read(start, end) {
      ranges.push([start, end]);
      return Promise.resolve(Uint8Array.from(zip.subarray(start, end)));
    },
  };
}

/** A package whose forms are larger than all that is read of a zip to find them. */
function largePackage(): TinyPackage {
  const made = tinyPackage();
  const padding = Uint8Array.from({ length: 200_000 }, (_, i) => (i * i * 2654435761) >>> 24);
  made.files.set('weights.safetensors', padding);
  for (const entry of made.rdf['attachments'] as { source: string; sha256: string }[]) {
    if (entry.source === 'weights.safetensors') entry.sha256 = hash(padding);
  }
  return made;
}

/** Where the bytes of a file begin in a zip: behind its name in its header, the first place that has it. */
const placeOf = (zip: Uint8Array, name: string): number => Buffer.from(zip).indexOf(name);

describe('a zip that lies elsewhere', () => {
  test('is read at its end and where the files in use lie', async () => {
    const zip = archive(withRdf(largePackage()));
    const source = served(zip);
    const model = await openModel(source, { first: { engine: 'wasm' } });
    expect(model).toMatchObject({ name: 'Tiny U-net', card: CARD });
    const form = model.formFor({ engine: 'wasm' });
    const ranges = source.ranges.length;
    expect(await form.read()).toEqual(tinyPackage().files.get('model-wasm.onnx'));
    // What opening read is handed out.
    expect(source.ranges).toHaveLength(ranges);
    // Magic, end, description, form, both tensors.
    expect(ranges).toBe(6);
    const isRead = (name: string): boolean =>
      source.ranges.slice(2).some(([start, end]) => start <= placeOf(zip, name) && placeOf(zip, name) < end);
    expect(['model-wasm.onnx', 'test-input.npy', 'model.onnx', 'weights.safetensors'].map(isRead)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(await model.weights()).toHaveLength(200_000);
  });

  test('may have a directory that lies before what is read first', async () => {
    const files = withRdf(tinyPackage());
    for (let i = 0; i < 700; i++) files.set(`${'x'.repeat(100)}${i}`, Uint8Array.of(i));
    expect((await openModel(served(archive(files)))).card).toEqual(CARD);
  });

  test.each([
    ['is cut off', (zip: Uint8Array) => zip.slice(0, -30), 'it has no directory, as if it were cut off'],
    [
      'has another file there',
      (zip: Uint8Array) => renamed(zip, 'model.onnx'),
      'model.onnx has another name where it lies',
    ],
    ['is damaged', (zip: Uint8Array) => flipped(zip, 'model.onnx'), 'model.onnx must'],
  ])('%s', async (_, damage, message) => {
    const zip = damage(archive(withRdf(tinyPackage())));
    await expect(openModel(served(zip))).rejects.toThrow(message);
  });

  test('may be a single ONNX file, which is read whole', async () => {
    const onnx = tinyPackage().files.get('model.onnx') as Uint8Array;
    const source = served(onnx);
    expect((await openModel(source)).card).toEqual(CARD);
    expect(source.ranges).toEqual([
      [0, 4],
      [0, onnx.length],
    ]);
  });
});

function renamed(zip: Uint8Array, name: string): Uint8Array {
  const at = placeOf(zip, name);
  return Uint8Array.from(zip, (byte, i) => (i === at ? byte + 1 : byte));
}

function flipped(zip: Uint8Array, name: string): Uint8Array {
  const at = placeOf(zip, name) + name.length + 100;
  return Uint8Array.from(zip, (byte, i) => (i === at ? byte ^ 0xff : byte));
}

describe('a cache of files', () => {
  /** In memory. */
  function memory(): FileCache & { readonly kept: Map<string, Uint8Array<ArrayBuffer>> } {
    const kept = new Map<string, Uint8Array<ArrayBuffer>>();
    return {
      kept,
      get: ({ source }) => Promise.resolve(kept.get(source)),
      put: ({ source }, bytes) => Promise.resolve(void kept.set(source, bytes)),
    };
  }

  test('is asked first, and what it gives is checked', async () => {
    const zip = archive(withRdf(tinyPackage()));
    const cache = memory();
    await openModel(served(zip), { cache });
    expect([...cache.kept.keys()].sort()).toEqual(['model.onnx', 'rdf.yaml', 'test-input.npy', 'test-output.npy']);
    const again = served(zip);
    await openModel(again, { cache });
    // Magic, end, description.
    expect(again.ranges).toHaveLength(3);
    cache.kept.set('model.onnx', Uint8Array.of(1, 2, 3));
    const third = served(zip);
    expect((await openModel(third, { cache })).card).toEqual(CARD);
    expect(third.ranges).toHaveLength(4);
    expect(cache.kept.get('model.onnx')?.length).toBeGreaterThan(3);
  });

  test('keeps nothing that was refused', async () => {
    const made = tinyPackage();
    setField(made.rdf, 'weights.onnx.sha256', 'ab'.repeat(32));
    setField(made.rdf, 'config.dilated_unet.forms.0.sha256', 'ab'.repeat(32));
    const cache = memory();
    await expect(openModel(archive(withRdf(made)), { cache })).rejects.toThrow('of SHA-256 abab');
    expect(cache.kept.size).toBe(0);
  });
});
