import { basename, dirname, resolve } from 'node:path';
import { InvalidOptionError, VARIANT_NAMES } from '@dilated-unet/core';
import type { FlagValues } from '../run/flags.ts';
import type { Preset } from '../run/presets.ts';
import { deviceChoice, type DeviceChoice, type RequestContext } from '../run/request.ts';
import type { DataPaths } from '../run/settings.ts';
import { EXPERIMENT_COMMAND } from './command.ts';
import { describePhantom, describeStacks } from './data.ts';
import type { Experiment } from './definition.ts';
import { parseShare, planParts, type PlanOptions, type Share } from './plan.ts';
import { PROTOCOLS, type Protocol } from './results.ts';
import { partConfig, sharedConfig } from './settings.ts';

/** What is done with an experiment. */
export type Task =
  | { readonly kind: 'run'; readonly share: Share | null }
  /** Only the report is written. */
  | { readonly kind: 'collect' }
  /** Only the plan is printed. */
  | { readonly kind: 'list' };

/** What the flags ask for, complete and checked. */
export interface ExperimentRequest {
  /** Null: the one that is in `out` already. */
  readonly experiment: Experiment | null;
  /** The stacks that the flags name; null: those of the experiment. */
  readonly data: DataPaths | null;
  /** Folder of the experiment, absolute. */
  readonly out: string;
  readonly task: Task;
  readonly device: DeviceChoice;
}

export type ExperimentContext = Pick<RequestContext, 'presets' | 'cwd' | 'findData'> & {
  /** As typed after the command. */
  readonly argv: readonly string[];
};

/** Flags that say where and how an experiment is run, and not which one it is. */
const NOT_ITS_OWN: readonly string[] = ['--data', '--out', '--part', '--collect', '--list', '--gpu', '--require-gpu'];

/**
 * What the flags ask for.
 *
 * @throws DilatedUnetError naming the flag that does not fit and what is allowed.
 */
export async function buildExperimentRequest(
  flags: FlagValues,
  context: ExperimentContext,
): Promise<ExperimentRequest> {
  const { cwd, findData, presets, argv } = context;
  const dataFlag = flags['--data'] as string | undefined;
  const outFlag = flags['--out'] as string | undefined;
  const task = taskOf(flags);
  const device = deviceChoice(flags);
  const data = dataFlag === undefined ? null : await findData({ data: dataFlag, cwd });
  const isNamed = Object.entries(flags).some(([flag, value]) => value !== undefined && !NOT_ITS_OWN.includes(flag));
  if (task.kind !== 'run' && outFlag !== undefined && !isNamed) {
    return { experiment: null, data, out: resolve(cwd, outFlag), task, device };
  }
  const experiment = await describeExperiment(flags, { presets, data, argv });
  const name = data === null ? 'phantom' : basename(dirname(data.images));
  const out = resolve(cwd, outFlag ?? `runs/experiment-${experiment.protocol}-${name}`);
  return { experiment, data, out, task, device };
}

function taskOf(flags: FlagValues): Task {
  const share = flags['--part'] as string | undefined;
  const [collect, list] = [flags['--collect'] === true, flags['--list'] === true];
  if (share !== undefined && (collect || list)) {
    throw new InvalidOptionError(
      '--part',
      `must be left out with ${collect ? '--collect' : '--list'}, which trains nothing`,
      share,
    );
  }
  if (collect && list) throw new InvalidOptionError('--list', 'must be left out with --collect', true);
  if (collect) return { kind: 'collect' };
  if (list) return { kind: 'list' };
  return { kind: 'run', share: share === undefined ? null : parseShare(share) };
}

interface Sources {
  readonly presets: readonly Preset[];
  readonly data: DataPaths | null;
  readonly argv: readonly string[];
}

async function describeExperiment(flags: FlagValues, { presets, data, argv }: Sources): Promise<Experiment> {
  const protocol = (flags['--protocol'] as Protocol | undefined) ?? 'holdout';
  requireProtocolOf(flags, protocol);
  const sources = { protocol, flags, presets, data };
  const shared = sharedConfig(sources);
  const { data: chosen } = shared;
  const record = chosen.kind === 'phantom' ? describePhantom(chosen) : await describeStacks(chosen);
  const options: PlanOptions = {
    protocol,
    variants: variantsOf(flags),
    sections: record.sections,
    folds: (flags['--folds'] as number | undefined) ?? 5,
    ...(flags['--hold-out'] !== undefined && { holdOut: flags['--hold-out'] as number }),
    seed: shared.seed,
    seeds: seedsOf(flags),
  };
  const parts = planParts(options).map((planned) => ({ part: planned.part, config: partConfig(planned, sources) }));
  return {
    format: 1,
    protocol,
    data: record,
    symmetries: flags['--symmetries'] === true,
    command: commandText(argv),
    parts,
  };
}

/** @throws InvalidOptionError for a flag that says nothing under `protocol`. */
function requireProtocolOf(flags: FlagValues, protocol: Protocol): void {
  const only: readonly (readonly [flag: string, protocols: readonly Protocol[]])[] = [
    ['--hold-out', ['holdout']],
    ['--folds', ['kfold']],
    ['--symmetries', ['holdout', 'kfold']],
  ];
  for (const [flag, protocols] of only) {
    if (flags[flag] === undefined || protocols.includes(protocol)) continue;
    const rule = `must be left out under --protocol ${protocol}; it is for ${PROTOCOLS.filter((p) => protocols.includes(p)).join(' and ')}`;
    throw new InvalidOptionError(flag, rule, flags[flag]);
  }
  const augmentation = flags['--augmentation'];
  if (protocol === 'seed' && augmentation !== undefined && augmentation !== 'none') {
    throw new InvalidOptionError(
      '--augmentation',
      'must be none under --protocol seed: the original had none',
      augmentation,
    );
  }
}

function variantsOf(flags: FlagValues): readonly string[] {
  const text = flags['--variants'] as string | undefined;
  const names = text?.split(',').map((name) => name.trim()) ?? VARIANT_NAMES;
  const known: readonly string[] = VARIANT_NAMES;
  if (names.some((name) => !known.includes(name)) || new Set(names).size < names.length) {
    throw new InvalidOptionError(
      '--variants',
      `must be some of ${VARIANT_NAMES.join(', ')}, each once, separated by commas`,
      text,
    );
  }
  return names;
}

function seedsOf(flags: FlagValues): number {
  const seeds = (flags['--seeds'] as number | undefined) ?? 1;
  if (seeds < 1 || seeds > 1000) throw new InvalidOptionError('--seeds', 'must be from 1 to 1000', seeds);
  return seeds;
}

/** The command as a shell takes it, without what says which share of it one machine runs. */
function commandText(argv: readonly string[]): string {
  const words = argv.filter((word, i) => !/^--(collect|list|part(=.*)?)$/.test(word) && argv[i - 1] !== '--part');
  const quoted = words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  return [EXPERIMENT_COMMAND, ...quoted].join(' ');
}
