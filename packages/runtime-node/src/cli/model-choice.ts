import { bytesText } from '@dilated-unet/host';
import { describeTestResult, type Model, type PrecisionOption, type TestResult } from '@dilated-unet/model-package';
import { lacksIntegerInstructions } from '../devices/cpu.ts';
import { devicesToTry } from '../devices/index.ts';
import { workOf, type RunFacts } from '../memory.ts';
import type { NodeSegmenter } from '../segmenter.ts';
import type { SegmentJob } from './options.ts';

/** Which model runs where, and what its test gave. */
export function deviceText({ card, device, threads, precision, verified }: NodeSegmenter): string {
  const where = device === 'cpu' ? `cpu, ${threads} threads` : device;
  return `model ${card.name} on device ${where}, ${precision}${testText(verified)}`;
}

/** What a run costs and takes, said before it begins; null where that is one piece, once. @param bytes of memory. */
export function costText(run: RunFacts, tile: number, bytes: number): string | null {
  const { times, inStages } = workOf(run, tile);
  if (times === 1) return null;
  const how = `${run.symmetries === true ? 'in eight symmetries ' : ''}${inStages ? 'stage by stage ' : ''}`;
  const work = `${times.toFixed(2)} times the work of one piece`;
  return `${run.width} x ${run.height} pixels run ${how}in tiles of up to ${tile}: ${work}, up to ${bytesText(bytes)} of memory`;
}

/** Integers are asked for to be quick: where they are not, float32 is, and is exact. */
export function quickPrecision(
  { precision, device }: SegmentJob,
  { forms }: Model,
  onNote: (note: string) => void,
): PrecisionOption {
  const onCpu = devicesToTry(device)[0] === 'cpu';
  const hasBoth = (['int8', 'fp32'] as const).every((one) => forms.some((form) => form.precision === one));
  if (precision !== 'int8' || !onCpu || !hasBoth || !lacksIntegerInstructions()) return precision;
  onNote(
    'This processor has no instructions for 8-bit integers (VNNI), and int8 is slower on it than fp32: fp32 is taken.',
  );
  return 'fp32';
}

const testText = (verified: TestResult | null): string =>
  verified === null ? '' : `; the test of the package ${describeTestResult(verified)}`;
