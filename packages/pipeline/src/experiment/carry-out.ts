import type { Machinery } from '../run/machinery.ts';
import type { LineWatch } from '../run/watch.ts';
import { collect, partOutcomes, type WriteReport } from './collect.ts';
import { describeStacks } from './data.ts';
import { claimExperiment, findExperiment, readExperiment, requireSame, type Experiment } from './definition.ts';
import { planTable } from './plan-table.ts';
import { inShare } from './plan.ts';
import { missingText, outcomeTable } from './outcome-table.ts';
import type { ExperimentRequest } from './request.ts';
import { runExperiment } from './run-experiment.ts';

/** What an experiment is carried out with. */
export interface Means {
  readonly machinery: Machinery;
  readonly writeReport: WriteReport;
  readonly watch: LineWatch;
}

/** How it ended. */
export interface Ending {
  /** What the user reads. */
  readonly text: string;
  /** Whether a part failed. */
  readonly failed: boolean;
}

/**
 * Does what was asked: runs the experiment or a share of it, collects its report, or lists its parts.
 *
 * @throws DilatedUnetError when it can't be begun; the signal's reason once stopped.
 */
export async function carryOut(request: ExperimentRequest, means: Means): Promise<Ending> {
  const { out, task, device } = request;
  const { machinery, writeReport, watch } = means;
  if (task.kind === 'list') {
    return { text: await planTable(await experimentToList(request), out), failed: false };
  }
  if (task.kind === 'collect') {
    const experiment = await experimentInFolder(request);
    const { report, outcomes } = await collect(experiment, out, writeReport, watch);
    return {
      text: ending(experiment, outcomes, report),
      failed: outcomes.some(({ failure }) => failure !== undefined),
    };
  }

  const { experiment: asked } = request;
  if (asked === null) throw new Error('A run without an experiment.');
  const experiment = await claimExperiment(out, asked);
  watch.onNote(`experiment: ${out}`);
  const failed = await runExperiment({ experiment, out, share: task.share, device, machinery, watch });
  const { share } = task;
  if (share !== null) {
    const own = partOutcomes(experiment, out).filter(({ part }) => inShare(share, part));
    return { text: `\n${outcomeTable(own, experiment.protocol)}\n${missingText(own)}`, failed: failed.length > 0 };
  }
  const outcomes = partOutcomes(experiment, out);
  if (outcomes.every(({ result }) => result === null)) {
    return { text: `\n${outcomeTable(outcomes, experiment.protocol)}\n${missingText(outcomes)}`, failed: true };
  }
  const collected = await collect(experiment, out, writeReport, watch);
  return { text: ending(experiment, collected.outcomes, collected.report), failed: failed.length > 0 };
}

async function experimentToList({ experiment, out }: ExperimentRequest): Promise<Experiment> {
  if (experiment === null) return readExperiment(out);
  const found = await findExperiment(out);
  if (found !== undefined) requireSame(found, experiment, out);
  return experiment;
}

/** The experiment that is in the folder, with its stacks where `--data` says that they lie now. */
async function experimentInFolder({ experiment, data, out }: ExperimentRequest): Promise<Experiment> {
  const found = await readExperiment(out);
  if (experiment !== null) requireSame(found, experiment, out);
  if (data === null) return found;
  const record = await describeStacks(data);
  requireSame(found, { ...found, data: record }, out);
  const parts = found.parts.map(({ part, config }) => ({
    part,
    config: { ...config, data: { kind: 'stacks' as const, ...data } },
  }));
  return { ...found, parts };
}

function ending(
  { protocol }: Experiment,
  outcomes: Parameters<typeof outcomeTable>[0],
  { markdown, html }: { markdown: string; html: string },
): string {
  return `\n${outcomeTable(outcomes, protocol)}\n\n${missingText(outcomes)}report: ${markdown}\n        ${html}`;
}
