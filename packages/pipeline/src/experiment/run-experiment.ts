import type { Reporter, Services } from '../run/services.ts';
import { collect, trialOutcomes, type WriteReport } from './collect.ts';
import { describeStacks, readDataset } from './data.ts';
import {
  claimExperiment,
  findExperiment,
  readExperiment,
  requireSameExperiment,
  type Experiment,
} from './definition.ts';
import { inShard } from './plan.ts';
import { missingText, outcomeTable, planTable } from './tables.ts';
import type { ExperimentRequest } from './request.ts';
import { runTrials } from './run-trials.ts';

/** What an experiment is run with. */
export interface ExperimentServices {
  readonly services: Services;
  readonly writeReport: WriteReport;
  readonly watch: Reporter;
}

/** How it ended. */
export interface ExperimentEnd {
  /** What the user reads. */
  readonly text: string;
  /** Whether a trial failed. */
  readonly failed: boolean;
}

/**
 * Does what was asked: runs the experiment or a shard of it, collects its report, or lists its trials.
 *
 * @throws DilatedUnetError when it can't be begun; the signal's reason once stopped.
 */
export async function runExperiment(request: ExperimentRequest, means: ExperimentServices): Promise<ExperimentEnd> {
  const { out, task, device } = request;
  const { services, writeReport, watch } = means;
  for (const note of request.notes ?? []) watch.onNote(note);
  if (task.kind === 'list') {
    return { text: await planTable(await experimentToList(request), out), failed: false };
  }
  if (task.kind === 'collect') {
    const experiment = await experimentInFolder(request, watch);
    const { report, outcomes } = await collect(experiment, out, writeReport, watch);
    return {
      text: ending(experiment, outcomes, report),
      failed: outcomes.some(({ failure }) => failure !== undefined),
    };
  }

  const { experiment: asked } = request;
  if (asked === null) throw new Error('A run without an experiment.');
  await requireTrainable(asked, watch);
  watch.signal?.throwIfAborted();
  const experiment = await claimExperiment(out, asked);
  watch.onNote(`experiment: ${out}`);
  const failed = await runTrials({ experiment, out, shard: task.shard, device, services, watch });
  const { shard } = task;
  if (shard !== null) {
    const own = trialOutcomes(experiment, out).filter(({ trial }) => inShard(shard, trial));
    return { text: `\n${outcomeTable(own, experiment.protocol)}\n${missingText(own)}`, failed: failed.length > 0 };
  }
  const outcomes = trialOutcomes(experiment, out);
  if (outcomes.every(({ result }) => result === null)) {
    return { text: `\n${outcomeTable(outcomes, experiment.protocol)}\n${missingText(outcomes)}`, failed: true };
  }
  const collected = await collect(experiment, out, writeReport, watch);
  return { text: ending(experiment, collected.outcomes, collected.report), failed: failed.length > 0 };
}

/** Every trial would find out by itself, one after another, in a folder that is then this experiment's. */
async function requireTrainable({ trials }: Experiment, watch: Reporter): Promise<void> {
  const config = trials[0]?.config;
  if (config?.data.kind === 'stacks') await readDataset(config, watch);
}

async function experimentToList({ experiment, out }: ExperimentRequest): Promise<Experiment> {
  if (experiment === null) return readExperiment(out);
  const found = await findExperiment(out);
  if (found !== undefined) requireSameExperiment(found, experiment, out, { mayHaveMoreSeeds: true });
  return experiment;
}

/** The experiment that is in the folder, with its stacks where `data` says that they lie now. */
async function experimentInFolder({ experiment, data, out }: ExperimentRequest, watch: Reporter): Promise<Experiment> {
  const found = await readExperiment(out);
  if (experiment !== null) requireSameExperiment(found, experiment, out);
  if (data === null) return found;
  const [first] = found.trials;
  const before = first?.config.data.kind === 'stacks' ? first.config.data : undefined;
  const { select = before?.select, ignoreMask = before?.ignoreMask } = data;
  const paths = { ...data, ...(select && { select }), ...(ignoreMask !== undefined && { ignoreMask }) };
  const record = await describeStacks(paths, watch);
  requireSameExperiment(found, { ...found, data: record }, out);
  const trials = found.trials.map(({ trial, config }) => ({
    trial,
    config: { ...config, data: { kind: 'stacks' as const, ...paths } },
  }));
  return { ...found, trials };
}

function ending(
  { protocol }: Experiment,
  outcomes: Parameters<typeof outcomeTable>[0],
  { markdown, html }: { markdown: string; html: string },
): string {
  return `\n${outcomeTable(outcomes, protocol)}\n\n${missingText(outcomes)}report: ${markdown}\n        ${html}`;
}
