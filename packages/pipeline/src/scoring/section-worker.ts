/** A thread of `scoreStack`: evaluates one section of stacks in shared memory. */
import { evaluateSection, section, type SectionEvaluation } from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import type { ScoredStacks } from './score-stack.ts';

export default function evaluate({
  labels,
  probabilities,
  z,
}: ScoredStacks & { readonly z: number }): SectionEvaluation {
  return evaluateSection(section(probabilities, z), section(labels, z), { ignore: IGNORED });
}
