import { variant } from '@dilated-unet/core';
import { changedNodes } from '../graph/rewrites/changed-nodes.ts';
import { leaveOut, rewritesFor, type Rewrite, type Target } from '../graph/rewrites/index.ts';
import { writeTrainingGraph } from '../graph/training-graph.ts';
import type { StepTask } from './step-task.ts';

/** The graph as trained without some rewrites. */
export interface LeftOut {
  /** The rewrite that is left out, with those that need it, or all of them. */
  readonly without: readonly string[];
  /** How many nodes of the graph as trained that changes. */
  readonly nodes: number;
}

/** What it changes to leave out each rewrite that training uses on `target`; then to leave out all. */
export function leftOut({ variant: name, size, batch }: StepTask, target: Target): readonly LeftOut[] {
  const rewrites = rewritesFor(target);
  const nodesBy = (set: readonly Rewrite[]) =>
    writeTrainingGraph(variant(name), { batchSize: batch, window: size, seed: 1, rewrites: set }).nodes;
  const asTrained = nodesBy(rewrites);
  return [...rewrites.map((rewrite) => leaveOut(rewrites, rewrite.name)), []].map((rest) => ({
    without: rewrites.filter((rewrite) => !rest.includes(rewrite)).map((rewrite) => rewrite.name),
    nodes: changedNodes(asTrained, nodesBy(rest)),
  }));
}
