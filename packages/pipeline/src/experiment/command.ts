import { presetList } from '../run/command.ts';
import { parseFlagCommand, type Parsed } from '../run/flag-command.ts';
import { RUN_FLAGS } from '../run/flags.ts';
import type { Preset } from '../run/presets.ts';
import { EXPERIMENT_FLAGS } from './flags.ts';

/** How the user starts the command. */
export const EXPERIMENT_COMMAND = 'npx nx run trainer:experiment';

/**
 * Reads the flags of the experiment command.
 *
 * @param argv what was typed after the command.
 * @param presets named in the help.
 * @throws DilatedUnetError naming the flag that is unknown, incomplete, repeated or wrong, and what is allowed.
 */
export function parseExperimentFlags(argv: readonly string[], presets: readonly Preset[]): Parsed {
  const description =
    'Compares networks: trains each of them (on each fold, with each seed), exports and scores every run, and writes ' +
    'a report. Started again, the same command goes on where it was stopped.';
  const spec = { name: EXPERIMENT_COMMAND, description, flags: EXPERIMENT_FLAGS, helpGroup: RUN_FLAGS };
  return parseFlagCommand({ ...spec, epilogue: epilogue(presets) }, argv);
}

function epilogue(presets: readonly Preset[]): string {
  return `
Protocols:
  seed     as the original trained: windows from a montage of all sections, nothing held out, preset seed; its
           numbers compare with the original's table, and are no claim about sections that were not trained on
  holdout  the last sections are held out; preset isbi-full, on the phantom phantom-quick
  kfold    each block of neighbouring sections is held out in turn; presets as for holdout

${presetList(presets)}

Where a preset's learning rate goes up and down once in its run, it does so in the length that --epochs and
--steps-per-epoch give; preset seed keeps its 2000 steps up. --clr-step-size wins over both.

Examples:
  # the four networks on the built-in phantom
  ${EXPERIMENT_COMMAND}
  # two networks on your own stack, three runs of each
  ${EXPERIMENT_COMMAND} --data path/to/stack --variants unet,dilated-unet --seeds 3
  # what it would train, and how far it is
  ${EXPERIMENT_COMMAND} --data path/to/stack --protocol kfold --list
  # the original's protocol, ten epochs of it
  ${EXPERIMENT_COMMAND} --data path/to/stack --protocol seed --epochs 10
  # on two machines that share a file system, and the report of both; docs/cluster.md has the same for Slurm
  ${EXPERIMENT_COMMAND} --data path/to/stack --out runs/shared --part 1/2
  ${EXPERIMENT_COMMAND} --data path/to/stack --out runs/shared --part 2/2
  ${EXPERIMENT_COMMAND} --out runs/shared --collect

Paths are relative to the folder in which the command is typed.`;
}
