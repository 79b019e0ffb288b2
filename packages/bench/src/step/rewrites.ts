import { InvalidOptionError } from '@dilated-unet/core';
import { rounded } from '@dilated-unet/host';
import { REWRITES, type LeftOut, type Target } from '@dilated-unet/trainer';
import { megabytes, type Measured, type Setting } from './train-step.ts';

/** The line's name of the graph without any rewrite. */
const ALL = 'all';

/** What is left out by its name: the first, as the others need it; or all. */
function nameOf({ without }: LeftOut, all: LeftOut): string {
  return without.length === all.without.length ? ALL : (without[0] as string);
}

/**
 * The graphs to time beside the one as trained: without each rewrite, and without all.
 *
 * @param leftOut all that can be left out, the last of it everything.
 * @param wanted names of rewrites, or `all`. @default those that change a node of the graph
 * @throws InvalidOptionError where one of `wanted` is not applied here, or changes no node: the plain graph would be timed twice.
 */
export function graphsToTime(leftOut: readonly LeftOut[], wanted?: readonly string[]): readonly LeftOut[] {
  const named = new Map(leftOut.map((one) => [nameOf(one, leftOut.at(-1) as LeftOut), one]));
  if (wanted === undefined) return leftOut.filter(({ nodes }) => nodes > 0);
  return wanted.map((name) => {
    const found = named.get(name);
    if (found === undefined)
      throw new InvalidOptionError('rewrites', `must be of ${[...named.keys()].join(', ')}`, name);
    if (found.nodes > 0) return found;
    throw new InvalidOptionError('rewrites', 'must change a node of this graph: there is nothing to measure', name);
  });
}

/** The line of the `rewrite` figure: the graph as trained, or without something, beside the one as trained. */
export function rewriteLine(setting: Setting, measured: Measured, asTrained: Measured, leftOut?: LeftOut): object {
  return {
    bench: 'rewrite',
    ...setting,
    ...(leftOut ?? { rewrites: measured.runs[0]?.rewrites ?? [] }),
    ms: rounded(measured.medianMs),
    // Above 1 where the rewrite gains something.
    ratio: rounded(measured.medianMs / asTrained.medianMs),
    rssMB: megabytes(measured.peakRssBytes),
    rssRatio: rounded(measured.peakRssBytes / asTrained.peakRssBytes),
    spread: rounded(measured.spread),
  };
}

const MACHINES = {
  GPU: { device: 'gpu', avx512: false },
  'CPU with AVX-512': { device: 'cpu', avx512: true },
  'other CPU': { device: 'cpu', avx512: false },
} as const;

/** All rewrites as a Markdown table: what each does, what it needs, and on which machines training uses it. */
export function rewriteTable(): string {
  const rows = REWRITES.map((rewrite) => [
    `\`${rewrite.name}\``,
    rewrite.does,
    rewrite.needs.map((needed) => `\`${needed}\``).join(', '),
    ...Object.values(MACHINES).map((machine) =>
      precisionsOf((precision) => rewrite.when({ ...machine, precision, threads: 2 })),
    ),
  ]);
  const header = ['rewrite', 'what it does', 'needs', ...Object.keys(MACHINES)];
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function precisionsOf(isUsed: (precision: Target['precision']) => boolean): string {
  const [exact, mixed] = [isUsed('float32'), isUsed('mixed')];
  if (exact && mixed) return 'yes';
  if (exact) return 'float32';
  return mixed ? 'mixed' : '–';
}
