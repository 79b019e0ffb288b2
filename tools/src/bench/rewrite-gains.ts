import { megabytes, type Measured, type Setting } from './train-step.ts';
import { rounded } from '@dilated-unet/host';

/** A graph to time: the plain one, with one rewrite, or with those that training uses here. */
export interface RewriteSet {
  readonly name: string;
  /** Undefined: those that suit the machine. */
  readonly rewrites?: readonly string[];
}

/** The plain graph first, then each rewrite by itself, then what training uses on this machine. */
export function rewriteSets(names: readonly string[]): readonly RewriteSet[] {
  return [
    { name: 'plain', rewrites: [] },
    ...names.map((name) => ({ name, rewrites: [name] })),
    { name: 'as trained' },
  ];
}

/** The line of the `rewrite` figure. */
export function rewriteLine(setting: Setting, measured: Measured, plain: Measured): object {
  return {
    bench: 'rewrite',
    ...setting,
    rewrites: measured.name === 'as trained' ? measured.runs[0]?.rewrites : measured.name,
    ms: rounded(measured.medianMs),
    ratioPlain: rounded(measured.medianMs / plain.medianMs),
    rssMB: megabytes(measured.peakRssBytes),
    rssRatioPlain: rounded(measured.peakRssBytes / plain.peakRssBytes),
    spread: rounded(measured.spread),
  };
}
