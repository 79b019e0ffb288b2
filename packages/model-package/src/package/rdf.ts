import type { ModelCard, PixelSides } from '@dilated-unet/core';
import { requireFileName } from './file-name.ts';
import { Field } from './fields.ts';
import type { PackagedFile } from './files.ts';
import { ENGINES, PRECISIONS, type FormFacts, type ModelIdentity, type StatedDeviation } from '../model.ts';

/** The version of what `config.dilated_unet` says that this version writes and reads. */
export const FORMAT = 1;

/** What a package says of itself. */
export interface Rdf {
  readonly name: string;
  readonly input: RdfTensor;
  readonly output: RdfTensor;
  /** Pixels of the images, nanometres; null where the axes of the input do not say them so. */
  readonly pixelSize: PixelSides | null;
  /** The sides of an image that other programs give, along y and x. */
  readonly sizes: readonly Field[];
  /** What is left out at each border of a tile, pixels of the output; 0 where the axes do not say it. */
  readonly halo: { readonly y: number; readonly x: number };
  /** fp32 first, then the others as they stand there. */
  readonly forms: readonly (FormFacts & { readonly file: PackagedFile })[];
  readonly weights: PackagedFile | null;
  readonly parent: ModelIdentity | null;
  readonly terms: string | null;
  /** All files that it names, each once. */
  readonly files: readonly PackagedFile[];
}

export interface RdfTensor {
  readonly test: PackagedFile;
  /** What is done to it before or after the network. */
  readonly processing: Field;
}

/**
 * What `value`, a description of RDF 0.5 (https://bioimage.io/docs), says of a model of ours.
 *
 * @throws InvalidPackageError naming the field that is missing, wrong or more than this version understands.
 */
export function readRdf(value: unknown): Rdf {
  const rdf = new Field('', value);
  rdf.at('format_version').text('must be 0.5, of any patch', (version) => /^0\.5\.\d{1,6}$/.test(version));
  rdf.at('type').oneOf(['model']);
  const input = tensor(rdf.at('inputs').only('must be one tensor'), 'preprocessing');
  const output = tensor(rdf.at('outputs').only('must be one tensor'), 'postprocessing');
  const onnx = rdf.at('weights').at('onnx');
  if (!onnx.isThere) throw rdf.at('weights').refused('must have an entry onnx: ONNX is what the runtimes run');
  const fp32 = file(onnx, 'must name an ONNX file');
  if (onnx.at('external_data').isThere) {
    throw onnx.at('external_data').refused('must be absent: the ONNX file must hold its weights itself');
  }
  const others = [...optionalList(rdf.at('covers')), ...optionalList(rdf.at('attachments')), rdf.at('documentation')];
  const license = rdf.at('license');
  const described = [license, ...weightFiles(rdf), ...others].flatMap(namedFile);
  const named = [fp32, input.test, output.test, ...samples(rdf), ...described];
  const ours = rdf.at('config').at('dilated_unet');
  const config = ours.isThere ? readOurs(ours, fp32, named) : { forms: [], weights: null, parent: null };
  const terms = ours.at('terms');
  return {
    name: rdf.at('name').text(),
    terms: terms.isThere ? terms.text() : licenseTerms(license),
    input,
    output,
    pixelSize: axesPixelSize(rdf.at('inputs').only('must be one tensor')),
    sizes: rdf.at('inputs').only('must be one tensor').at('axes').list().slice(1, 3).map((axis) => axis.at('size')), // prettier-ignore
    halo: axesHalo(rdf.at('outputs').only('must be one tensor')),
    ...config,
    forms: config.forms.length > 0 ? config.forms : [{ precision: 'fp32', engine: null, deviation: null, file: fp32 }],
    files: unique([...named, ...config.forms.map((form) => form.file)]),
  };
}

/** What is done to raw grey values before the network, as the RDF says it: what the card says. */
export function preprocessing({ normalisation, normalise }: ModelCard): readonly object[] {
  const { mean, std } = normalisation;
  return [
    normalise === undefined
      ? { id: 'fixed_zero_mean_unit_variance', kwargs: { mean, std } }
      : { id: 'zero_mean_unit_variance', kwargs: { axes: [...(normalise === 'stack' ? ['batch'] : []), 'y', 'x'] } },
  ];
}

function readOurs(
  ours: Field,
  fp32: PackagedFile,
  named: readonly PackagedFile[],
): Pick<Rdf, 'forms' | 'weights' | 'parent'> {
  ours
    .at('format')
    .number(
      `must be ${FORMAT}; another needs the version of dilated-unet that wrote it`,
      (format) => format === FORMAT,
    );
  const list = ours.at('forms');
  const forms = list.list().map((form) => readForm(form));
  const first = forms.find(({ precision, engine }) => precision === 'fp32' && engine === null);
  if (first?.file.source !== fp32.source || first.file.sha256 !== fp32.sha256) {
    throw list.refused('must have one of precision fp32 for every engine, the file of weights.onnx');
  }
  const kinds = forms.map(({ precision, engine }) => `${precision} ${engine}`);
  if (new Set(kinds).size !== kinds.length) throw list.refused('must have each precision once for an engine');
  const parent = ours.at('parent');
  return {
    forms: [first, ...forms.filter((form) => form !== first)],
    weights: ours.at('weights').isThere ? attached(ours.at('weights'), named) : null,
    parent: parent.isThere ? { name: parent.at('name').text(), sha256: parent.at('sha256').text(...SHA256) } : null,
  };
}

function readForm(form: Field): Rdf['forms'][number] {
  const precision = form.at('precision').oneOf(PRECISIONS);
  const engine = form.at('engine').isThere ? form.at('engine').oneOf(ENGINES) : null;
  const deviation = form.at('deviation');
  return {
    precision,
    engine,
    // Without it nothing says what is right.
    deviation: deviation.isThere || precision !== 'fp32' ? statedDeviation(deviation) : null,
    file: file(form, 'must name an ONNX file'),
  };
}

function statedDeviation(deviation: Field): StatedDeviation {
  const share = (key: string): number =>
    deviation.at(key).number('must be a number from 0 to 1', (value) => value >= 0 && value <= 1);
  const change = (key: 'interiorDice' | 'vRand' | 'vInfo'): Partial<StatedDeviation> => {
    const field = deviation.at(key);
    if (!field.isThere) return {};
    return { [key]: field.number('must be a number from -1 to 1', (value) => value >= -1 && value <= 1) };
  };
  return {
    largestDifference: share('largestDifference'),
    meanDifference: share('meanDifference'),
    classChanged: share('classChanged'),
    ...change('interiorDice'),
    ...change('vRand'),
    ...change('vInfo'),
  };
}

/** Axes in the order of our networks: https://bioimage.io/docs calls ours batch, y, x, channel. */
function tensor(field: Field, processing: string): RdfTensor {
  const axes = field.at('axes').list().map((axis) => [axis.at('type').value, axis.at('id').value] as const); // prettier-ignore
  const kinds = axes.map(([type, id]) => (type === 'space' ? id : type)).join();
  if (kinds !== 'batch,y,x,channel') throw field.at('axes').refused('must be batch, y, x, channel');
  const test = field.at('test_tensor');
  return { test: file(test, 'must name a NumPy file'), processing: field.at(processing) };
}

const axisOf = (field: Field, id: 'y' | 'x'): Field | undefined =>
  field.at('axes').list().find((axis) => axis.at('id').value === id); // prettier-ignore

function axesHalo(field: Field): Rdf['halo'] {
  const along = (id: 'y' | 'x'): number => {
    const halo = axisOf(field, id)?.at('halo');
    return halo?.isThere === true ? halo.number('must be a whole number', Number.isInteger) : 0;
  };
  return { y: along('y'), x: along('x') };
}

/** An identifier, or the file that has the text. */
function licenseTerms(license: Field): string | null {
  const source = license.at('source');
  if (source.isThere) return `See ${source.text()} in the package.`;
  return license.isThere ? license.text() : null;
}

/** What axes y and x of a tensor say of pixels, as `pixelAxis` writes it. */
function axesPixelSize(field: Field): PixelSides | null {
  const side = (id: 'y' | 'x'): number | undefined => {
    const axis = axisOf(field, id);
    if (axis?.at('unit').value !== UNIT) return undefined;
    return axis.at('scale').number('must be a number above 0', (scale) => Number.isFinite(scale) && scale > 0);
  };
  const [y, x] = [side('y'), side('x')];
  return y === undefined || x === undefined ? null : { y, x };
}

const UNIT = 'nanometer';

/**
 * What an axis of a tensor says of the pixels that a model was trained on, to the 24 bits of a float32; nothing where its card does not
 * know them.
 */
export function pixelAxis({ pixelSize }: Pick<ModelCard, 'pixelSize'>, id: 'y' | 'x'): object {
  // bioimageio.spec multiplies sizes by the scale, divides by it and wants whole numbers: such a product has room in a double.
  return pixelSize === undefined ? {} : { scale: Math.fround(pixelSize[id]), unit: UNIT };
}

const SHA256 = ['must be a SHA-256 in hexadecimal', (text: string) => /^[0-9a-f]{64}$/.test(text)] as const;

function file(field: Field, rule: string): PackagedFile {
  if (!field.at('source').isThere) throw field.refused(rule);
  const source = field.at('source').text();
  requireFileName(source, field.at('source').path);
  return { source, sha256: field.at('sha256').text(...SHA256) };
}

/** A file by its description; addresses elsewhere are no files of the package. */
function namedFile(field: Field): readonly PackagedFile[] {
  return field.at('source').isThere ? [file(field, 'must name a file')] : [];
}

/** What may name files of the weights in each format: with them, the code and the environment that they need. */
function weightFiles(rdf: Field): readonly Field[] {
  return rdf.at('weights').values().flatMap((entry) => [entry, entry.at('architecture'), entry.at('dependencies')]); // prettier-ignore
}

function samples(rdf: Field): readonly PackagedFile[] {
  const tensors = [rdf.at('inputs'), rdf.at('outputs')].flatMap((list) => list.list());
  return tensors.flatMap((one) => namedFile(one.at('sample_tensor')));
}

/** The file of a name, whose hash stands where it is named among the others. */
function attached(field: Field, named: readonly PackagedFile[]): PackagedFile {
  const source = field.text();
  const found = named.find((one) => one.source === source);
  if (found === undefined) throw field.refused('must be one of the attachments');
  return found;
}

const optionalList = (field: Field): readonly Field[] => (field.isThere ? field.list() : []);

const unique = (files: readonly PackagedFile[]): readonly PackagedFile[] => [
  ...new Map(files.map((one) => [`${one.source} ${one.sha256}`, one])).values(),
];
