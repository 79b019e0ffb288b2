import { InvalidModelError, InvalidPackageError, onnxFacts, readModelCard, type ModelCard } from '@dilated-unet/core';
import { chooseForm, type FormChoice, type Model, type ModelForm } from '../model.ts';
import { sha256 } from '../sha256.ts';
import { DESCRIPTION, readVerified, type FileCache, type PackagedFile, type PackageFiles } from './files.ts';
import { requireHalo, requireSizes } from './halo.ts';
import { pixelAxis, preprocessing, readRdf, type Rdf } from './rdf.ts';
import { MOST_RDF_BYTES, parseRdfText } from './rdf-text.ts';
import { readTestTensors } from './test-tensors.ts';

/** Names that a description may have, the usual one first; a package has one of them. */
const RDF_NAMES = [DESCRIPTION, 'bioimageio.yaml', 'model.yaml'];

export interface OpenOptions {
  /** The form that will be run, which is read in the place of the exact one. */
  readonly first?: FormChoice;
  /** Where the files of packages are kept. @default they are not */
  readonly cache?: FileCache;
}

/**
 * Opens a package: reads its description, one form, which is the exact one unless `first` says another, and the test tensors,
 * and checks them. Of all other files it is checked that they are there.
 *
 * @throws InvalidPackageError when the package is not one of RDF 0.5 with a model of ours in it, or not the one that was
 *   published.
 */
export async function openPackage(files: PackageFiles, { first, cache }: OpenOptions = {}): Promise<Model> {
  const name = await descriptionName(files);
  const text = await files.read(name, MOST_RDF_BYTES);
  const rdf = readRdf(parseRdfText(text, name));
  for (const { source } of rdf.files) {
    if (!(await files.has(source))) {
      throw new InvalidPackageError(source, `must be in the package, since ${name} names it; it is missing`);
    }
  }
  const opened = first === undefined ? (rdf.forms[0] as Rdf['forms'][number]) : chooseForm(rdf.forms, first);
  // Handed out by the first that reads this form.
  let held: Uint8Array<ArrayBuffer> | undefined = await readVerified(files, opened.file, { cache });
  const { card } = checkedOnnx(held, opened.file);
  requireProcessing(rdf, card);
  requirePixelSize(rdf, card);
  requireHalo(rdf, card);
  requireSizes(rdf, card);
  const forms = rdf.forms.map((form): ModelForm => {
    const { file, ...facts } = form;
    const read = async (): Promise<Uint8Array<ArrayBuffer>> => {
      if (form === opened && held !== undefined) {
        const bytes = held;
        held = undefined;
        return bytes;
      }
      const bytes = await readVerified(files, file, { cache });
      if (JSON.stringify(checkedOnnx(bytes, file).card) !== JSON.stringify(card)) {
        throw new InvalidPackageError(file.source, `must have the model card of ${opened.file.source}; it has another`);
      }
      return bytes;
    };
    return { ...facts, source: file.source, read };
  });
  const { weights } = rdf;
  const test = await readTestTensors(files, rdf, { stride: card.stride, cache });
  const hash = await sha256(text);
  await cache?.put({ source: DESCRIPTION, sha256: hash }, text);
  return {
    name: rdf.name,
    sha256: hash,
    card: { ...(rdf.pixelSize && { pixelSize: rdf.pixelSize }), ...card },
    forms,
    test,
    parent: rdf.parent,
    terms: rdf.terms,
    formFor: (choice) => chooseForm(forms, choice),
    weights: () => (weights === null ? Promise.resolve(null) : readVerified(files, weights)),
    async verifyFiles() {
      for (const file of rdf.files) await readVerified(files, file);
      for (const form of forms) await form.read();
    },
  };
}

async function descriptionName(files: PackageFiles): Promise<string> {
  const there: string[] = [];
  for (const name of RDF_NAMES) if (await files.has(name)) there.push(name);
  const [name, another] = there;
  if (name === undefined) {
    throw new InvalidPackageError('rdf.yaml', 'must be at the top of the package; it is missing');
  }
  if (another !== undefined)
    throw new InvalidPackageError(another, `must not be beside ${name}: one describes the model`);
  return name;
}

/** The card in an ONNX file of a package. */
function checkedOnnx(bytes: Uint8Array, { source }: PackagedFile): { readonly card: ModelCard } {
  try {
    if (onnxFacts(bytes).hasExternalData) {
      throw new InvalidPackageError(source, 'must hold its weights itself; it has external data');
    }
    return { card: readModelCard(bytes) };
  } catch (cause) {
    if (cause instanceof InvalidPackageError || !(cause instanceof InvalidModelError)) throw cause;
    throw new InvalidPackageError(
      source,
      `must be an ONNX file with a model card. ${cause.message.replace(/\.$/, '')}`,
      undefined,
      {
        cause,
      },
    );
  }
}

/** What other programs do to the image must be what the card says, and nothing may be done to the result. */
function requireProcessing({ input, output }: Rdf, card: ModelCard): void {
  const steps = (field: Rdf['input']['processing']): unknown[] =>
    (field.isThere ? field.list() : []).map(({ value }) => value).filter((step) => !isTypeStep(step));
  const expected = preprocessing(card);
  if (canonical(steps(input.processing)) !== canonical(expected)) {
    throw input.processing.refused(`must be what the model card says, ${JSON.stringify(expected)}`);
  }
  if (steps(output.processing).length > 0)
    throw output.processing.refused('must be empty: the network gives probabilities');
}

/** What other programs take for the size of a pixel must be what the card says; where it does not know, they may know better. */
function requirePixelSize({ pixelSize }: Rdf, card: ModelCard): void {
  if (card.pixelSize === undefined) return;
  const axes = (of: Pick<ModelCard, 'pixelSize'>): string => JSON.stringify([pixelAxis(of, 'y'), pixelAxis(of, 'x')]);
  const expected = axes(card);
  if (pixelSize !== null && axes({ pixelSize }) === expected) return;
  throw new InvalidPackageError(
    'inputs[0].axes',
    `must have what the model card says of y and x, ${expected}`,
    pixelSize,
  );
}

/** Tools add this to what they read; float32 is what the network takes and gives anyway. */
const isTypeStep = (step: unknown): boolean => canonical(step) === canonical(FLOAT32_STEP);
const FLOAT32_STEP = { id: 'ensure_dtype', kwargs: { dtype: 'float32' } };

/** JSON with the keys of each object in the order of their names. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
