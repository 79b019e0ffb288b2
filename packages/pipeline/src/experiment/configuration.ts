import { configDifferences, type TrainConfig } from '@dilated-unet/trainer';

/** What differs: the field, and its value there and here. */
export interface Difference {
  readonly name: string;
  readonly there: unknown;
  readonly here: unknown;
}

/** What differs between two configurations: where the data lies does not count, what is in it does. */
export function runDifferences(there: TrainConfig, here: TrainConfig): readonly Difference[] {
  const areStacks = there.data.kind === 'stacks' && here.data.kind === 'stacks';
  return configDifferences(there, here)
    .filter(({ field }) => field !== 'data' || !areStacks)
    .map(({ field, before, now }) => ({ name: field, there: before, here: now }));
}

/** For example `epochs` is 12 there and 20 here, the field in backticks. */
export function differenceText({ name, there, here }: Difference): string {
  return `\`${name}\` is ${shown(there)} there and ${shown(here)} here`;
}

/** Longest value that a message shows. */
const LONGEST = 60;

function shown(value: unknown): string {
  if (value === undefined) return 'not set';
  const text = JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}
