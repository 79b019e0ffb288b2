import { DilatedUnetError, InvalidOptionError } from '@dilated-unet/core';
import { Command, CommanderError, Option } from 'commander';
import { FLAGS, readFlag, type Flag, type FlagValues } from './flags.ts';
import type { Preset } from './presets.ts';

/** How the user starts the command. */
export const COMMAND = 'npx nx run trainer:train';

/** What the command line asks for: a run, or a text to print. */
export type Parsed =
  { readonly kind: 'run'; readonly flags: FlagValues } | { readonly kind: 'help'; readonly text: string };

/**
 * Reads the flags of the train command.
 *
 * @param argv what was typed after the command.
 * @param presets named in the help.
 * @throws DilatedUnetError naming the flag that is unknown, incomplete, repeated or wrong, and what is allowed.
 */
export function parseFlags(argv: readonly string[], presets: readonly Preset[]): Parsed {
  let help = '';
  const command = trainCommand(presets)
    .exitOverride()
    .configureOutput({ writeOut: (text) => (help += text), writeErr: () => undefined });
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return { kind: 'help', text: help };
    throw new DilatedUnetError(explain(error), { cause: error });
  }
  const values = command.opts<Record<string, FlagValues[string]>>();
  const flags = Object.fromEntries(
    command.options.map((option) => [option.long ?? '', values[option.attributeName()]]),
  );
  return { kind: 'run', flags };
}

function trainCommand(presets: readonly Preset[]): Command {
  const command = new Command(COMMAND)
    .usage('[flags]')
    .description(
      'Trains a U-net that tells cell interior from membrane in electron micrographs, scores it on sections it has\n' +
        'not seen, exports it to ONNX, checks the export against TensorFlow and segments with it.',
    )
    .addHelpText('after', () => examples(presets));
  command.addHelpOption(new Option('--help', 'show this text').helpGroup('Run:'));
  for (const flag of FLAGS) command.addOption(toOption(flag));
  return command;
}

function toOption(flag: Flag): Option {
  const option = new Option(flag.value === undefined ? flag.flag : `${flag.flag} <${flag.value}>`, flag.help);
  if (flag.kind !== 'switch') {
    option.argParser<FlagValues[string]>((text, previous) => {
      if (previous !== undefined)
        throw new InvalidOptionError(flag.flag, 'must be given once', `${previous} and ${text}`);
      return readFlag(flag, text);
    });
  }
  return option.helpGroup(flag.group);
}

function explain(error: CommanderError): string {
  const message = error.message.replace(/^error: /, '').replace('\n', ' ');
  const allowed =
    error.code === 'commander.unknownOption' ? `\nFlags: ${FLAGS.map(({ flag }) => flag).join(' ')}.` : '';
  return `${message[0]?.toUpperCase()}${message.slice(1)}.${allowed}\nMore: ${COMMAND} -- --help`;
}

function examples(presets: readonly Preset[]): string {
  const width = Math.max(...presets.map(({ name }) => name.length));
  return `
Presets:
${presets.map(({ name, description }) => `  ${name.padEnd(width)}  ${description}`).join('\n')}

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
