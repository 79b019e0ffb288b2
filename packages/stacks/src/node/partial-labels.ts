import type { GreyStack } from '@dilated-unet/core';
import type { LabelKind } from '../labels.ts';
import { partialLabels, type IgnoreRules } from '../partial-labels.ts';
import { readStack } from './open.ts';

/**
 * Labels of which some pixels do not count, see `partialLabels`.
 *
 * @param labels as they are stored. @param path of their file, for messages. @param kind what their other value than 0 stands for.
 * @param rules with the mask as a path, as `openStack` takes it.
 * @returns 1 interior, 0 membrane, `IGNORED` where they do not count.
 * @throws InvalidImageError when the mask cannot be read, and as `partialLabels`.
 */
export async function readPartialLabels(
  labels: GreyStack,
  path: string,
  kind: LabelKind,
  { ignoreMask, ...rules }: IgnoreRules<string>,
): Promise<GreyStack<Uint8Array<ArrayBuffer>>> {
  if (ignoreMask === undefined) return partialLabels(labels, path, kind, rules);
  const stack = await readStack(ignoreMask, { labels: true });
  return partialLabels(labels, path, kind, { ...rules, ignoreMask: { stack, name: ignoreMask } });
}
