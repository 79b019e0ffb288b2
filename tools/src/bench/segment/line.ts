import { median, relativeSpread, rounded } from '@dilated-unet/host';
import { difference, timeRatio, type MeasuredInference } from '../inference/measure.ts';
import type { InferenceImages } from '../inference/task.ts';
import { WHOLE } from './contestants.ts';

/** The line of the `stack` figure of one contestant: what it does, beside all others. */
export function stackLine(
  one: MeasuredInference,
  measured: readonly MeasuredInference[],
  { depth, height, width }: Omit<InferenceImages, 'images'>,
): Record<string, unknown> {
  const ms = median(one.rounds);
  const others = measured.filter((other) => other !== one);
  const whole = measured.find(({ name }) => name === WHOLE) as MeasuredInference;
  return {
    figure: 'stack',
    contestant: one.name,
    sections: depth,
    width,
    height,
    seconds: rounded(ms / 1000),
    pixelsPerSecond: rounded((depth * height * width) / (ms / 1000)),
    over: Object.fromEntries(others.map((other) => [other.name, timeRatio(other, one)])),
    spread: rounded(relativeSpread(one.rounds)),
    rounds: one.rounds.length,
    ...difference(one, whole),
    version: one.version,
    ...(one.settings && { settings: one.settings }),
  };
}
