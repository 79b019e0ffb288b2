import type { RangeTestResult, RateSuggestion } from '@dilated-unet/trainer';

/** A rate to two digits, for example `2.1e-5`: the test tells no more. */
export function rateText(rate: number): string {
  return Number(rate.toPrecision(2)).toExponential();
}

/** The flags of `trainer:train` that say it; null where nothing is suggested. */
export function suggestedFlags(suggestion: RateSuggestion): string | null {
  if (suggestion.kind === 'none') return null;
  return `--lr ${rateText(suggestion.baseRate)} --max_lr ${rateText(suggestion.maxRate)}`;
}

/** What the command prints when the test is over. */
export function suggestionText({ suggestion, points, sweep, end }: RangeTestResult): string {
  const last = points.at(-1);
  const ends = {
    swept: `All ${sweep.steps} rates were tried.`,
    risen: `Ended at rate ${last === undefined ? '?' : rateText(last.rate)}, where the loss was four times its lowest.`,
    'not-finite': `Ended after step ${points.length}, as the loss became no number.`,
  };
  if (suggestion.kind === 'none') return `No suggestion: ${suggestion.why}\n${ends[end]}`;
  const open = suggestion.stillFalling
    ? '\nThe loss was still falling at the highest rate: with a higher --to the suggestion may be higher.'
    : '';
  return `Train with: ${suggestedFlags(suggestion)}\n${ends[end]}${open}`;
}
