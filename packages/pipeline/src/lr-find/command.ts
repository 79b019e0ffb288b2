import { presetList } from '../run/command.ts';
import { parseFlagCommand, type Parsed } from '../run/flag-command.ts';
import { RUN_FLAGS } from '../run/flags.ts';
import type { Preset } from '../run/presets.ts';
import { LR_FIND_FLAGS } from './flags.ts';

/** How the user starts the command. */
const COMMAND = 'npx nx run trainer:lr-find';

/**
 * Reads the flags of the command.
 *
 * @param argv what was typed after the command.
 * @param presets named in the help.
 * @throws DilatedUnetError naming the flag that is unknown, incomplete, repeated or wrong, and what is allowed.
 */
export function parseLrFindFlags(argv: readonly string[], presets: readonly Preset[]): Parsed {
  const description =
    'Finds learning rates to train with: the LR range test (Smith 2015) trains a network from its first step on while the\n' +
    'rate rises, draws the loss over the rate, and suggests the bounds of a cyclical rate.';
  const spec = { name: COMMAND, description, flags: LR_FIND_FLAGS, helpGroup: RUN_FLAGS, epilogue: epilogue(presets) };
  return parseFlagCommand(spec, argv);
}

function epilogue(presets: readonly Preset[]): string {
  return `
Leaves lr-find.svg and lr-find.csv in --out, and prints the flags to train with. docs/learning-rate.md tells how to read
the curve.

${presetList(presets)}

Examples:
  # for the built-in phantom
  ${COMMAND}
  # for your own stack, with the windows that you will train on
  ${COMMAND} --data path/to/stack --variant dilated-unet --window 256 --batch-size 2 --augmentation tissue
  # a finer look at the part that matters, as Smith did it
  ${COMMAND} --data path/to/stack --min-lr 1e-5 --max-lr 0.01 --spacing linear --steps 300

Paths are relative to the folder in which the command is typed.`;
}
