import { configDifferences, type ConfigDifference, type TrainConfig } from '@dilated-unet/trainer';

/** What differs between two configurations: where the data lies does not count, what is in it does. */
export function runDifferences(before: TrainConfig, now: TrainConfig): readonly ConfigDifference[] {
  const areStacks = before.data.kind === 'stacks' && now.data.kind === 'stacks';
  return configDifferences(before, now).filter(({ field }) => field !== 'data' || !areStacks);
}

/** For example `epochs` is 12 there and 20 here, the field in backticks. */
export function differenceText({ field, before, now }: ConfigDifference): string {
  return `\`${field}\` is ${shown(before)} there and ${shown(now)} here`;
}

/** Longest value that a message shows. */
const LONGEST = 60;

function shown(value: unknown): string {
  if (value === undefined) return 'not set';
  const text = JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}
