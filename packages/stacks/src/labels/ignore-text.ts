/**
 * What is said of pixels that do not count, whether labels are read whole or part by part.
 *
 * @module
 */
import { sectionsText } from '../checks.ts';

interface StackSides {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
}

/** @param found what else there is, for example `found 0, 255`. @default not said */
export function lackingValueText(name: string, ignore: number, found?: string): string {
  const others = found === undefined ? '' : `; ${found}`;
  return (
    `${name}: no pixel has the value ${ignore}, which is to be ignored${others}. Name the value of the pixels that are not ` +
    'labelled, or leave `ignore` out.'
  );
}

/** @param mask how messages name it. */
export function emptyMaskText(mask: string): string {
  return (
    `${mask}: no pixel is above 0, so that the mask ignores nothing. Is it the right file? If every pixel counts, leave ` +
    '`ignoreMask` out.'
  );
}

/** Null where the mask has the size of the labels. @param maskName and `name`: how messages name them. */
export function maskSizeText(mask: StackSides, maskName: string, labels: StackSides, name: string): string | null {
  const [own, others] = [mask, labels].map(
    ({ width, height, depth }) => `${depth} section${depth === 1 ? '' : 's'} of ${width} x ${height} pixels`,
  );
  if (own === others) return null;
  return (
    `${maskName}: a mask must have the size of the labels: it has ${own}, and ${name} has ${others}. Name the files that ` +
    'belong together.'
  );
}

/** @param rules which were given; the mask by how messages name it. */
export function allIgnoredText(
  name: string,
  { ignore, ignoreMask }: { readonly ignore?: number | undefined; readonly ignoreMask?: string | undefined },
): string {
  const text = `${name}: every pixel is ignored, so that nothing is left to train on or to score.`;
  if (ignoreMask !== undefined) {
    return `${text} In ${ignoreMask}, 0 must stand where pixels count: exchange its values if it is the other way.`;
  }
  if (ignore === undefined) return `${text} Name the sections that are not labelled alone (\`ignoreSections\`).`;
  return `${text} Name the file that has the labels, or another value (\`ignore\`).`;
}

/** @param share of the pixels that count, 0 ... 1. @param passed sections of which none does, from 0. */
export function countedText(name: string, share: number, passed: readonly number[]): string {
  const text = `${name}: ${(100 * share).toPrecision(3)}% of the pixels count`;
  if (passed.length === 0) return `${text}.`;
  const [have, are] = passed.length === 1 ? ['has', 'is'] : ['have', 'are'];
  return `${text}; ${sectionsText(passed)} ${have} none, and ${are} passed over.`;
}
