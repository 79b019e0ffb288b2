import type { GreyOptions } from '../image/grey-options.ts';
import type { GreyRange } from '../image/grey-range.ts';
import type { GreyStatistics } from '../image/grey-statistics.ts';
import type { AppliedNormalisation } from '../image/normalisation.ts';
import type { TrainedGreyValues } from './card.ts';

/** What is accepted. */
export type Bounds = Pick<TrainedGreyValues, 'shift' | 'contrast'>;

/** That grey values are outside of `bounds`, in figures. */
export function offSentence(
  statistics: GreyStatistics,
  { shift, contrast }: Bounds,
  { greyRange, invert }: GreyOptions,
  applied: AppliedNormalisation,
): string {
  const means = shift.map((s) => applied.mean + s * applied.std * (applied.inverted === true ? -1 : 1));
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const as = [
    ...(greyRange === undefined ? [] : [`with black and white at ${greyRange.join(' and ')}`]),
    ...(invert === true ? ['inverted'] : []),
  ].join(', ');
  return (
    `The grey values are not like those of the training: ${comparison(statistics, applied)}` +
    `${as === '' ? '' : ` (${as})`}; accepted are means of ` +
    `${figure(low)} ... ${figure(high)} and deviations of ${figure(contrast[0] * applied.std)} ... ` +
    `${figure(contrast[1] * applied.std)}.`
  );
}

/** Mean and deviation of the images beside those of the training. */
export function comparison({ mean, std }: GreyStatistics, applied: AppliedNormalisation): string {
  return (
    `mean ${figure(mean)} and standard deviation ${figure(std)} here, ` +
    `${figure(applied.mean)} and ${figure(applied.std)} there`
  );
}

/** That dark and bright are exchanged, in figures. */
export function negativeSentence(statistics: GreyStatistics, trained: number, invert: boolean): string {
  return `The contrast is that of a negative: thin lines, such as membranes, ${linesSentence(statistics, trained, invert)}.`;
}

/** What thin lines are in the images and in training: the end of a sentence about them. */
export function linesSentence({ lineBalance }: GreyStatistics, trained: number, invert: boolean): string {
  const [here, there] = trained > 0 ? ['bright', 'dark'] : ['dark', 'bright'];
  const seen = (lineBalance ?? 0) * (invert ? -1 : 1);
  return (
    `are mostly ${here}${invert ? ' once inverted' : ' here'}, and ${there} in training ` +
    `(balance ${seen.toFixed(2)} and ${trained.toFixed(2)}; 1: all dark, -1: all bright)`
  );
}

/** What to do. @param trained black and white of the training. */
export function remedySentence(remedy: GreyOptions, { invert = false }: GreyOptions, trained: GreyRange): string {
  const { normalise, greyRange } = remedy;
  const range = trained.join(' ... ');
  const parts = [
    ...(greyRange === undefined ? [] : [`\`greyRange\` ${greyRange.join(',')} (what is ${range} in training)`]),
    ...(normalise === undefined || normalise === 'model' ? [] : [`\`normalise\` ${String(normalise)}`]),
    ...(remedy.invert === true && !invert ? ['`invert`'] : []),
  ];
  const dropped = invert && remedy.invert !== true ? 'Leave `invert` out' : '';
  const use = parts.length === 0 ? '' : `${dropped === '' ? 'Use' : ' and use'} ${parts.join(' and ')}`;
  if (normalise === 'section')
    return `${dropped}${use}, or \`normalise\` stack for the mean and deviation of all sections.`;
  const instead =
    greyRange === undefined
      ? ''
      : ' Instead of the range, `normalise` section or stack takes mean and deviation from the images themselves.';
  return `${dropped}${use}.${instead}`;
}

function figure(value: number): string {
  return String(Number(value.toPrecision(4)));
}
