import type { SampleName } from '../../../picture.ts';
import { FIELD_TYPE, PHOTOMETRIC, TAG } from '../tags.ts';
import { damaged, readNumber, readNumbers, unsupported, type Directory } from './directory.ts';
import { liesInside, readUnsigned } from './file.ts';

/** The samples of a pixel: channels of a microscope, the colours of a picture, grey and transparency. */
export interface Samples {
  readonly count: number;
  /** Whether each has strips or tiles of its own (PlanarConfiguration 2), rather than all of a pixel together. */
  readonly planar: boolean;
  /** What each of them is, where they make up a picture; undefined where they are channels. */
  readonly names?: readonly SampleName[] | undefined;
}

export const ONE_SAMPLE: Samples = { count: 1, planar: false };

/** Values of ExtraSamples that mean transparency. */
const ALPHA: readonly number[] = [1, 2];

/** @throws InvalidImageError for numbers that cannot be. */
export async function readSamples(directory: Directory, photometric: number): Promise<Samples> {
  const count = await readNumber(directory, TAG.samplesPerPixel, 'SamplesPerPixel', 1);
  if (count === 0) throw damaged(directory, 'SamplesPerPixel is 0');
  if (count === 1) return ONE_SAMPLE;
  const configuration = await readNumber(directory, TAG.planarConfiguration, 'PlanarConfiguration', 1);
  if (configuration !== 1 && configuration !== 2) {
    throw damaged(directory, `PlanarConfiguration is ${configuration}`);
  }
  const first = photometric === PHOTOMETRIC.rgb ? (['red', 'green', 'blue'] as const) : (['grey'] as const);
  const hasAlpha = count === first.length + 1 && (await isAlphaLast(directory, count));
  const isPicture = hasAlpha || (count === first.length && first.length > 1);
  return {
    count,
    planar: configuration === 2,
    ...(isPicture && { names: hasAlpha ? [...first, 'alpha'] : first }),
  };
}

async function isAlphaLast(directory: Directory, count: number): Promise<boolean> {
  const extras = directory.fields.get(TAG.extraSamples)?.count ?? 0;
  if (extras > count) throw damaged(directory, `ExtraSamples has ${extras} values for ${count} samples`);
  const extra = await readNumbers(directory, TAG.extraSamples, 'ExtraSamples', extras);
  return ALPHA.includes(extra?.at(-1) ?? 0);
}

/**
 * The number that `tag` has for all samples of a pixel: one for each of them, or one for all.
 *
 * @throws UnsupportedPageError where the numbers differ, InvalidImageError where they are as many as neither.
 */
export async function readForSamples<T extends number | undefined>(
  directory: Directory,
  tag: number,
  name: string,
  count: number,
  fallback: T,
): Promise<number | T> {
  const one = directory.fields.get(tag)?.count === 1;
  const inline = await readNumbers(directory, tag, name, one ? 1 : count);
  const values =
    inline?.length === 2 && inline[0] !== inline[1] ? ((await readElsewhere(directory, tag)) ?? inline) : inline;
  if (values === undefined) return fallback;
  if (values.every((value) => value === values[0])) return values[0] as number;
  const named = `${[...values].slice(0, 10).join(', ')}${count > 10 ? ' ...' : ''}`;
  throw unsupported(
    directory,
    `the samples of a pixel differ in ${name} (${named}). Save each channel as a file of its own`,
  );
}

/** Zeiss LSM has two numbers of 16 bits elsewhere, though they would fit into the directory. */
async function readElsewhere({ file, fields }: Directory, tag: number): Promise<Float64Array | undefined> {
  const field = fields.get(tag);
  if (field?.type !== FIELD_TYPE.short || file.bigTiff) return undefined;
  const start = readUnsigned(file, field.slot, 0, 4);
  if (!liesInside(file, start, 4)) return undefined;
  const view = new DataView((await file.bytes.slice(start, start + 4)).buffer);
  const [first, second] = [0, 2].map((at) => readUnsigned(file, view, at, 2)) as [number, number];
  return first === second && STORED_BITS.includes(first) ? Float64Array.of(first, second) : undefined;
}

const STORED_BITS: readonly number[] = [8, 16, 32];
