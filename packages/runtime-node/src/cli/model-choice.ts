import { cheapestTiling, type ModelCard } from '@dilated-unet/core';
import { bytesText } from '@dilated-unet/host';
import { describeTestResult, type Model, type PrecisionOption, type TestResult } from '@dilated-unet/model-package';
import { lacksIntegerInstructions } from '../devices/cpu.ts';
import { devicesToTry } from '../devices/index.ts';
import type { NodeSegmenter } from '../segmenter.ts';
import type { SegmentJob } from './options.ts';

/** Which model runs where, and what its test gave. */
export function deviceText({ card, device, threads, precision, verified }: NodeSegmenter): string {
  const where = device === 'cpu' ? `cpu, ${threads} threads` : device;
  return `model ${card.name} on device ${where}, ${precision}${testText(verified)}`;
}

/** What cutting costs and takes, said before it begins; null where nothing is cut. @param bytes of memory. */
export function costText(
  { width, height }: { readonly width: number; readonly height: number },
  { tile, bytes }: { readonly tile: number; readonly bytes: number },
  card: ModelCard,
): string | null {
  const { stages, expansion } = cheapestTiling({ width, height }, tile, card);
  if (expansion === 1) return null;
  const how = stages !== null ? 'stage by stage ' : '';
  const work = `${expansion.toFixed(2)} times the work of one piece`;
  return `${width} x ${height} pixels run ${how}in tiles of up to ${tile}: ${work}, up to ${bytesText(bytes)} of memory`;
}

/** Integers are asked for to be quick: where they are not, float32 is, and is exact. */
export function quickPrecision(
  { precision, device }: SegmentJob,
  { forms }: Model,
  onNote: (note: string) => void,
): PrecisionOption {
  const onCpu = devicesToTry(device)[0] === 'cpu';
  const hasExact = forms.some((form) => form.precision === 'fp32');
  if (precision !== 'int8' || !onCpu || !hasExact || !lacksIntegerInstructions()) return precision;
  onNote(
    'This processor has no instructions for 8-bit integers (VNNI), and int8 is slower on it than fp32: fp32 is taken.',
  );
  return 'fp32';
}

const testText = (verified: TestResult | null): string =>
  verified === null ? '' : `; the test of the package ${describeTestResult(verified)}`;
