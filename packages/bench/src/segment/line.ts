import { median, relativeSpread, rounded } from '@dilated-unet/host';
import { difference, timeRatio, type MeasuredInference } from '../inference/measure.ts';
import type { InferenceImages } from '../inference/task.ts';
import { WHOLE } from './contestants.ts';

/** The line of the `stack` figure of one contestant: what it does, beside all others. */
export function stackLine(
  one: MeasuredInference,
  measured: readonly MeasuredInference[],
  { height, width }: Pick<InferenceImages, 'height' | 'width'>,
): Record<string, unknown> {
  const secondsPerSection = median(one.rounds) / 1000;
  const others = measured.filter((other) => other !== one);
  const whole = measured.find(({ name }) => name === WHOLE) as MeasuredInference;
  return {
    figure: 'stack',
    contestant: one.name,
    sections: one.depth,
    width,
    height,
    secondsPerSection: rounded(secondsPerSection),
    pixelsPerSecond: rounded((height * width) / secondsPerSection),
    over: Object.fromEntries(others.map((other) => [other.name, timeRatio(other, one)])),
    spread: rounded(relativeSpread(one.rounds)),
    rounds: one.rounds.length,
    ...difference(one, whole),
    version: one.version,
    ...(one.settings && { settings: one.settings }),
  };
}
