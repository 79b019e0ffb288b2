import { parseFlagCommand, type Parsed } from './flag-command.ts';
import { FLAGS, RUN_FLAGS } from './flags.ts';
import type { Preset } from './presets.ts';

/** How the user starts the command. */
export const COMMAND = 'npx nx run trainer:train';

/**
 * Reads the flags of the train command.
 *
 * @param argv what was typed after the command.
 * @param presets named in the help.
 * @throws DilatedUnetError naming the flag that is unknown, incomplete, repeated or wrong, and what is allowed.
 */
export function parseFlags(argv: readonly string[], presets: readonly Preset[]): Parsed {
  const description =
    'Trains a U-net that tells cell interior from membrane in electron micrographs, scores it on sections it has\n' +
    'not seen, exports it to ONNX, checks the export against TensorFlow and segments with it.';
  const epilogue = examples(presets);
  return parseFlagCommand({ name: COMMAND, description, flags: FLAGS, helpGroup: RUN_FLAGS, epilogue }, argv);
}

/** The presets as a paragraph of a help text. */
export function presetList(presets: readonly Preset[]): string {
  const width = Math.max(...presets.map(({ name }) => name.length));
  return `Presets:\n${presets.map(({ name, description }) => `  ${name.padEnd(width)}  ${description}`).join('\n')}`;
}

function examples(presets: readonly Preset[]): string {
  return `
${presetList(presets)}

Examples:
  # the built-in phantom, a few minutes
  ${COMMAND}
  # your own stack; the last 6 sections stay unseen and are scored
  ${COMMAND} --data path/to/stack --hold-out 6
  # the dilated network, trained longer
  ${COMMAND} --data path/to/stack --variant dilated-unet --epochs 40 --clr-step-size 1000
  # every window turned, bent, lit and stained differently: for little data and many epochs
  ${COMMAND} --data path/to/stack --augmentation tissue
  # the same without artefacts
  ${COMMAND} --data path/to/stack --augmentation symmetries,rotation,scale,elastic,intensity,noise,blur
  # go on after an interruption
  ${COMMAND} --out runs/mine --resume
  # another block of sections unseen, and an end when they are segmented no better
  ${COMMAND} --data path/to/stack --hold-out 6 --hold-out-from 12 --epochs 100 --evaluate-every 1 --patience 20
  # the original's protocol, as its page has it (for a GPU)
  ${COMMAND} --image_path images.tif --mask_path labels.tif --preset seed
  # the same with the defaults of its script
  ${COMMAND} --image_path images.tif --mask_path labels.tif --preset seed --max_lr 0.0005 --epochs 300

Paths are relative to the folder in which the command is typed.`;
}
