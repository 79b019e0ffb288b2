import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { existsSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { InvalidOptionError, type GreyImage, type Size } from '@dilated-unet/core';
import {
  createFolder,
  requireNewFolder,
  requireWritable,
  writeFileAtomically,
  type OnProgress,
} from '@dilated-unet/host';
import { archive, tileHalo } from '@dilated-unet/model-package';
import { createSegmenter } from '@dilated-unet/runtime-node';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { NOTHING_SAID, type About } from './about.ts';
import { drawCover } from './cover.ts';
import { writeDocumentation } from './documentation.ts';
import type { Deviation } from './forms/deviation.ts';
import { FORMS } from './forms/index.ts';
import { writeRdf, type Halo, type PackagedFile, type TensorFiles } from './rdf.ts';
import { requirePublishable } from './publishable.ts';
import { readRunFacts, type RunFacts } from './run-facts.ts';
import {
  borderEffect,
  isNormalisedOtherwise,
  lackingSide,
  tensorFile,
  testTensors,
  type TestTensors,
} from './test-tensors.ts';
import { unjudged, writeForms } from './write-forms.ts';

export interface ExportPackageOptions {
  /** Folder of a finished run. */
  readonly run: string;
  /** What is said of the model. @default its name is that of the network, "for EM membranes" */
  readonly about?: About;
  /** Names of the forms that are written beside fp32, which always is. @default all */
  readonly forms?: readonly string[];
  /** Folder that is made; the archive lies beside it. */
  readonly out: string;
  /** Interpreter with tf2onnx. */
  readonly python: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: OnProgress;
  /** Called with each form that is not written, and why, and with what is wrong with the test image. */
  readonly onNote: (note: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface ExportedPackage {
  readonly folder: string;
  readonly archive: string;
  /** Of the archive. */
  readonly sha256: string;
  /** Of the form that bioimage.io's tools run. */
  readonly deviation: Deviation;
}

const PADDED =
  'The test image has padding (16 or more equal pixels in a row), as have all windows of the sections that could be its like. ' +
  "By it other programs normalise, and our runtimes do not: the package will fail bioimage.io's test. Train on a stack of " +
  'which padding is cropped, or hold out sections without it, where the package is for bioimage.io.';

/** What a package has beside pictures. */
const NAMES = [
  ...FORMS.map(({ file }) => file),
  'weights.safetensors',
  ...['input', 'output'].flatMap((name) => [`test-${name}.npy`, `sample-${name}.tif`]),
  'README.md',
  'cover.png',
  'rdf.yaml',
];

/** Requires that each picture has a name of its own, also where file systems do not tell capitals from small letters. */
function requireOwnNames(pictures: Iterable<string>): void {
  const taken = new Set(NAMES.map((name) => name.toLowerCase()));
  for (const name of pictures) {
    if (taken.has(name.toLowerCase())) {
      const rule = 'must not show a picture that has the name of another file of the package, in capitals or not';
      throw new InvalidOptionError('about', rule, name);
    }
    taken.add(name.toLowerCase());
  }
}

function tooSmall({ width, height }: Size, least: number): string {
  return (
    `The test image has ${width} x ${height} pixels (width x height), since the sections are no larger, and the description asks for ` +
    `${least} a side: the halo twice, and something within. The package will fail bioimage.io's test. Train on sections of at least ` +
    `${least} x ${least} pixels where the package is for bioimage.io.`
  );
}

/**
 * Packages the model of a run for bioimage.io (RDF 0.5): a folder and a zip of it. Two packages of one run are equal byte for
 * byte on one machine; on processors that round otherwise their weights are.
 *
 * @throws InvalidModelError when the run is not finished, or the form differs from TensorFlow by more than 1e-4;
 *   InvalidOptionError when `out` exists or cannot be made, bioimage.io does not take the name, an author or the licence, there
 *   are terms beside the licence, or a picture has the name of a file of the package; EnvironmentError when the folder of `out`
 *   is not writable.
 */
export async function exportPackage(options: ExportPackageOptions): Promise<ExportedPackage> {
  const { run, onProgress, signal } = options;
  const out = resolve(options.out);
  const zip = `${out}.zip`;
  for (const path of [out, zip]) {
    if (existsSync(path)) throw new InvalidOptionError('out', `must not exist: ${path} does. Remove it first`, out);
  }
  const said = options.about ?? NOTHING_SAID;
  requirePublishable(said);
  requireOwnNames(said.pictures.keys());
  // What keeps it from being made, the next lines say.
  await mkdir(dirname(out), { recursive: true }).catch(() => undefined);
  await requireNewFolder(out, 'out');
  await requireWritable(zip, 'out');
  const facts = await readRunFacts(run);
  const about = { ...said, name: said.name ?? `${facts.config.network.name ?? 'unet'} for EM membranes` };
  const { test, halo } = await testOf(facts, join(run, 'model.onnx'), onProgress);
  if (isNormalisedOtherwise(test.image, facts.card)) options.onNote(PADDED);
  const least = lackingSide(test.image, facts.card);
  if (least !== null) options.onNote(tooSmall(test.image, least));
  const written = await writeForms({ ...options, facts }, onProgress);
  signal?.throwIfAborted();

  const files = new Map<string, Uint8Array>();
  const add = (source: string, bytes: Uint8Array): PackagedFile => {
    files.set(source, bytes);
    return { source, sha256: createHash('sha256').update(bytes).digest('hex') };
  };
  const tensor = async (name: string, image: GreyImage): Promise<TensorFiles> => ({
    test: add(`test-${name}.npy`, tensorFile(image)),
    sample: add(`sample-${name}.tif`, await encodeTiffStack({ ...image, depth: 1 }, { compression: 'deflate' })),
  });
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  const packaged = {
    forms: written.map(({ form, bytes, deviation }) => ({ form, deviation, file: add(form.file, bytes) })),
    weights: add('weights.safetensors', await readFile(join(run, 'graph-model', 'weights.safetensors'))),
    input: await tensor('input', test.image),
    output: await tensor('output', test.expected),
    documentation: add('README.md', text(writeDocumentation(facts, about, { halo, forms: written }))),
    cover: add('cover.png', await drawCover(test)),
    pictures: [...about.pictures].map(([name, bytes]) => add(name, bytes)),
  };
  add('rdf.yaml', text(writeRdf(facts, about, { files: packaged, halo })));
  await createFolder(out, async (folder) => {
    for (const [name, bytes] of files) await writeFileAtomically(join(folder, name), bytes);
  });
  const zipped = archive(files);
  await writeFileAtomically(zip, zipped);
  const sha256 = createHash('sha256').update(zipped).digest('hex');
  return { folder: out, archive: zip, sha256, deviation: written[0].deviation };
}

/** A window and what the model gives for it as it was converted, without a rewriting; and how far its borders reach. */
async function testOf(
  { card, images }: RunFacts,
  plain: string,
  onProgress: OnProgress,
): Promise<{ readonly test: TestTensors; readonly halo: Halo }> {
  const asConverted = await createSegmenter({ model: plain, device: 'cpu' });
  try {
    onProgress({ phase: 'computing the test tensors' });
    const test = await testTensors(images, card, unjudged(asConverted));
    const pixels = tileHalo(card);
    const isExact = pixels >= card.receptiveFieldRadius;
    const effect = isExact ? 0 : await borderEffect(test, pixels, card, asConverted);
    return { test, halo: { pixels, borderEffect: effect } };
  } finally {
    await asConverted.dispose();
  }
}
