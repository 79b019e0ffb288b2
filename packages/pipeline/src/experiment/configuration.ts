import type { ConfigDifference } from '@dilated-unet/trainer';

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
