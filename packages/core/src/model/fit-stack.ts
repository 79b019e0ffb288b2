import { GreyValuesError, InvalidImageError } from '../errors.ts';
import type { GreyOptions } from '../image/grey-options.ts';
import { ENOUGH_PIXELS, GreyTally } from '../image/grey-statistics.ts';
import type { ReadableStack, StopSignal } from '../image/readable-stack.ts';
import { normalisedBy } from './as-trained.ts';
import {
  checkGreyOptionsFor,
  fitGreyValues,
  fixedGreyOptions,
  greyDoubt,
  greyFault,
  type GreyModel,
} from './fit-grey-values.ts';

export interface FitStackOptions {
  /** Stops it between two parts of a section. */
  readonly signal?: StopSignal | undefined;
  /** Called after each section that `normalise` stack has measured. */
  readonly onMeasured?: (done: number, total: number) => void;
  /** Called with what is accepted but may cost membranes (see `greyDoubt`). */
  readonly onNote?: ((note: string) => void) | undefined;
}

/** Sections that are looked at where the first one alone does not fit. */
const SAMPLE = 4;

/**
 * How each section of a stack is to be read for `model`, so that all are judged as one: by the first section, and where that
 * does not fit well, which the first of a series often does not, by four that are spread over the stack. `normalise` stack takes
 * one pass over all sections. Of all, a part at a time is in memory.
 *
 * @returns the options with which a segmenter reads section z: nothing is left for it to judge. Where `normalise` is section, it
 *   measures z, which a signal of its own stops.
 * @throws GreyValuesError as `fitGreyValues`, naming the sections; InvalidImageError where those have no contrast at all, or a
 *   value that is not finite; and what `readSection` throws.
 */
export async function fitStack(
  stack: ReadableStack,
  model: GreyModel,
  options: GreyOptions,
  { signal, onMeasured, onNote }: FitStackOptions = {},
): Promise<(z: number, signal?: StopSignal) => Promise<GreyOptions>> {
  const [depth, height, width] = stack.shape;
  checkGreyOptionsFor(model, options);
  const { invert } = options;
  const normalise = normalisedBy(model, options);
  // A normalisation in numbers is not judged; what is too small to be, the segmenter reads as it is asked to.
  if (typeof normalise === 'object') return () => Promise.resolve(options);
  const tally = new GreyTally();
  const add = async (z: number, lines = true): Promise<void> => {
    await tally.addSection(stack, z, { lines, signal });
  };
  const spread = [...new Set(Array.from({ length: SAMPLE }, (_, i) => Math.round((i * (depth - 1)) / (SAMPLE - 1))))];

  if (normalise === 'stack') {
    for (let z = 0; z < depth; z++) {
      await add(z, spread.includes(z));
      onMeasured?.(z + 1, depth);
    }
    const read = fixed();
    remark();
    return read;
  }
  if (width * height >= ENOUGH_PIXELS) {
    await add(0);
    const isEnough =
      tally.statistics.pixels >= ENOUGH_PIXELS &&
      greyFault(tally.statistics, model, options) === null &&
      greyDoubt(tally.statistics, model, options) === null;
    if (!isEnough) await judgeAll(spread.slice(1));
    remark();
  }
  if (normalise === 'section') {
    return async (z, signal) => {
      const { mean, std } = (await new GreyTally().addSection(stack, z, { lines: false, signal })).statistics;
      return { normalise: { mean, std }, invert };
    };
  }
  if (width * height < ENOUGH_PIXELS) return () => Promise.resolve(options);
  return fixed();

  function remark(): void {
    const doubt = greyDoubt(tally.statistics, model, options);
    if (doubt !== null) onNote?.(doubt);
  }

  function fixed(): () => Promise<GreyOptions> {
    const read = fixedGreyOptions(fitGreyValues(tally.statistics, model, options));
    return () => Promise.resolve(read);
  }

  async function judgeAll(others: readonly number[]): Promise<void> {
    for (const z of others) await add(z);
    const { lowest, highest } = tally.statistics;
    const sections = spread.length === 1 ? 'Section 1' : `Sections ${spread.map((z) => z + 1).join(', ')}`;
    if (normalise === 'model' && lowest === highest) {
      throw new InvalidImageError(
        `${sections}: every grey value is ${lowest}. Without contrast there is nothing to segment; check the file.`,
      );
    }
    const fault = greyFault(tally.statistics, model, options);
    if (fault !== null) throw new GreyValuesError(`${sections}: ${fault.message}`, fault.remedy, { cause: fault });
  }
}
