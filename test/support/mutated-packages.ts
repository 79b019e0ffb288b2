import { withModelCard, type ModelCard } from '@dilated-unet/core';
import { archive } from '@dilated-unet/model-package';
import {
  CARD,
  fixture,
  replaceFile,
  setField,
  tinyPackage,
  withRdf,
  type TinyPackage,
} from '../../packages/model-package/test/support/tiny-package.ts';
import { damagedBytes, drawer, oddByte, type Draw } from './mutations/draw.ts';
import { changedOnnx } from './mutations/packages/onnx.ts';
import { changeValue, oddValue, PATHS } from './mutations/packages/values.ts';
import { changedText } from './mutations/packages/yaml-text.ts';
import { changedZip, damagedZip } from './mutations/packages/zip.ts';

/** A package or an ONNX file of which something was changed. */
export interface MutatedPackage {
  readonly kind: KindName;
  /** Of the file or the folder. */
  readonly name: string;
  /** A zip or an ONNX file; or what lies in a folder: bytes, another folder (null), or a link to a path. */
  readonly content: Uint8Array | ReadonlyMap<string, Uint8Array | string | null>;
}

interface Kind {
  readonly name: string;
  readonly weight: number;
  readonly draw: (draw: Draw) => MutatedPackage['content'];
}

type Files = Map<string, Uint8Array>;
const FORMS = ['model.onnx', 'model-wasm.onnx', 'model-fp16.onnx', 'model-int8.onnx'];
/** The exact form; that for WebAssembly is the same file. */
const EXACT = FORMS.slice(0, 2);
const TENSORS = ['test-input.npy', 'test-output.npy'];

/** As they are published: a zip, now and then a folder. */
const packed = (files: Files, draw: Draw): MutatedPackage['content'] => (draw.chance(0.15) ? files : archive(files));

export const KINDS = [
  {
    name: 'values of the description',
    weight: 20,
    draw(draw) {
      const made = tinyPackage();
      for (let change = draw.of([1, 1, 1, 2, 3]); change > 0; change--) changeValue(made.rdf, draw);
      return packed(withRdf(made), draw);
    },
  },
  {
    name: 'text of the description',
    weight: 20,
    draw(draw) {
      const files = withRdf(tinyPackage());
      const text = new TextDecoder().decode(files.get('rdf.yaml'));
      return packed(files.set('rdf.yaml', changedText(text, draw)), draw);
    },
  },
  { name: 'parts of the zip', weight: 20, draw: (draw) => changedZip(withRdf(tinyPackage()), draw) },
  { name: 'bytes of the zip', weight: 10, draw: (draw) => damagedZip(withRdf(tinyPackage()), draw) },
  {
    name: 'a file, with another hash',
    weight: 10,
    draw(draw) {
      const files = withRdf(tinyPackage());
      const name = draw.of([...FORMS, ...TENSORS, 'README.md', 'weights.safetensors']);
      const old = files.get(name) as Uint8Array;
      const changed = name.endsWith('.onnx') ? changedOnnx(old, draw) : damagedBytes(old, draw);
      return packed(files.set(name, changed), draw);
    },
  },
  {
    name: 'ONNX, with its hash',
    weight: 30,
    draw(draw) {
      const made = tinyPackage();
      const names = draw.chance(0.8) ? EXACT : [draw.of(FORMS)];
      const changed = changedOnnx(made.files.get(names[0] as string) as Uint8Array, draw);
      for (const name of names) replaceFile(made, name, changed);
      return packed(withRdf(made), draw);
    },
  },
  { name: 'model card, with its hash', weight: 10, draw: (draw) => packed(withRdf(withCard(draw)), draw) },
  {
    name: 'test tensors, with their hash',
    weight: 10,
    draw(draw) {
      const made = tinyPackage();
      const name = draw.of(TENSORS);
      replaceFile(made, name, changedTensor(fixture(name), draw));
      return packed(withRdf(made), draw);
    },
  },
  { name: 'entries of a folder', weight: 5, draw: changedFolder },
  {
    name: 'a single ONNX file',
    weight: 15,
    draw: (draw) => changedOnnx(tinyPackage().files.get(draw.of(FORMS)) as Uint8Array, draw),
  },
] as const satisfies readonly Kind[];

export type KindName = (typeof KINDS)[number]['name'];

/** Package number `index` of a seed. */
export function mutatedPackage(seed: number, index: number): MutatedPackage {
  const draw = drawer(seed, index);
  let place = draw.below(KINDS.reduce((sum, { weight }) => sum + weight, 0));
  const kind = KINDS.find(({ weight }) => (place -= weight) < 0) ?? KINDS[0];
  const content = kind.draw(draw);
  const end = content instanceof Uint8Array ? (kind.name === 'a single ONNX file' ? '.onnx' : '.zip') : '';
  return { kind: kind.name, name: `${String(index).padStart(6, '0')}${end}`, content };
}

/** Another card in all forms, or in some; the preprocessing often follows it, as it would in a package of such a card. */
function withCard(draw: Draw): TinyPackage {
  const made = tinyPackage();
  const card: Record<string, unknown> = structuredClone({ ...CARD });
  if (draw.chance(0.2)) card['stages'] = [{ name: 'a', inputs: [], outputs: [], largestActivationBytes: 1 }];
  if (draw.chance(0.2)) card['greyValues'] = { range: [0, 255], shift: [-1, 1], contrast: [0.5, 2], lineBalance: null };
  if (draw.chance(0.2)) Object.assign(card, { format: 3, normalise: draw.chance(0.8) ? 'section' : oddValue(draw) });
  else changeValue(card, draw);
  const names = draw.of([FORMS, FORMS, FORMS, EXACT, [draw.of(FORMS)]]);
  for (const name of names) {
    const model = made.files.get(name) as Uint8Array;
    replaceFile(made, name, withModelCard(model, card as unknown as ModelCard));
  }
  if (draw.chance(0.7)) {
    const kwargs = card['normalisation'];
    const steps =
      card['format'] === 3 && card['normalise'] === 'section'
        ? [{ id: 'zero_mean_unit_variance', kwargs: { axes: ['y', 'x'] } }]
        : [{ id: 'fixed_zero_mean_unit_variance', kwargs }];
    setField(made.rdf, 'inputs.0.preprocessing', steps);
  }
  return made;
}

/** A NumPy file with its header or some of its values changed, from by nothing that matters to absurdly. */
function changedTensor(bytes: Uint8Array, draw: Draw): Uint8Array {
  if (draw.chance(0.4)) return damagedBytes(bytes, draw);
  const changed = bytes.slice();
  if (draw.chance(0.2)) {
    changed[draw.below(128)] = oddByte(draw);
    return changed;
  }
  const view = new DataView(changed.buffer);
  for (let count = draw.of([1, 1, 5, 100]); count > 0; count--) {
    const at = 128 + 4 * draw.below((changed.length - 128) / 4);
    const old = view.getFloat32(at, true);
    view.setFloat32(
      at,
      draw.of([old + 1e-5, old * (1 + 1e-6), old + 1e-3, old + 1, NaN, Infinity, 0, 1, -1, 1e38]),
      true,
    );
  }
  return changed;
}

/** A folder with links, folders in the place of files, files more or less. */
function changedFolder(draw: Draw): ReadonlyMap<string, Uint8Array | string | null> {
  const files = new Map<string, Uint8Array | string | null>(withRdf(tinyPackage()));
  const name = draw.of([...files.keys()]);
  const inside = draw.of([...files.keys()]);
  const content = files.get(name) as Uint8Array;
  switch (draw.below(7)) {
    case 0:
      files.delete(name);
      return files;
    case 1:
      return files.set(name, null);
    case 2:
      return files.set(name, draw.of([...PATHS.filter((path) => path !== '' && !path.includes('\0')), inside, name]));
    case 3:
      // The file itself, by a link.
      return files.set('elsewhere', content).set(name, 'elsewhere');
    case 4:
      return files.set(draw.of(['notes.txt', 'bioimageio.yaml', '.DS_Store']), new Uint8Array(draw.below(9)));
    case 5:
      return files.set(name, content.slice(0, draw.below(content.length)));
    default:
      files.delete(name);
      return files.set(name.toUpperCase(), content);
  }
}
