import { DilatedUnetError, InvalidOptionError } from '@dilated-unet/core';
import { Command, CommanderError, Option } from 'commander';
import { readFlag, type Flag, type FlagValues } from './flags.ts';

/** A command line that is all flags. */
export interface FlagCommand {
  /** How the user starts it, for example `npx nx run trainer:train`. */
  readonly name: string;
  readonly description: string;
  /** In the order of the help, with the groups in the order of their first flag. */
  readonly flags: readonly Flag[];
  /** Group in which `--help` stands. */
  readonly helpGroup: string;
  /** What the help ends with: examples. */
  readonly epilogue: string;
}

/** What a command line asks for: a run, or a text to print. */
export type Parsed =
  { readonly kind: 'run'; readonly flags: FlagValues } | { readonly kind: 'help'; readonly text: string };

/**
 * Reads the flags of a command.
 *
 * @param argv what was typed after the command.
 * @throws DilatedUnetError naming the flag that is unknown, incomplete, repeated or wrong, and what is allowed.
 */
export function parseFlagCommand(spec: FlagCommand, argv: readonly string[]): Parsed {
  let help = '';
  const command = commandOf(spec)
    .exitOverride()
    .configureOutput({ writeOut: (text) => (help += text), writeErr: () => undefined });
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return { kind: 'help', text: help };
    throw new DilatedUnetError(explain(error, spec), { cause: error });
  }
  const values = command.opts<Record<string, FlagValues[string]>>();
  const flags = Object.fromEntries(
    command.options.map((option) => [option.long ?? '', values[option.attributeName()]]),
  );
  return { kind: 'run', flags };
}

function commandOf({ name, description, flags, helpGroup, epilogue }: FlagCommand): Command {
  const command = new Command(name).usage('[flags]').description(description).addHelpText('after', epilogue);
  command.addHelpOption(new Option('--help', 'show this text').helpGroup(helpGroup));
  for (const flag of flags) command.addOption(toOption(flag));
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

function explain(error: CommanderError, { name, flags }: FlagCommand): string {
  const message = error.message.replace(/^error: /, '').replace('\n', ' ');
  const allowed =
    error.code === 'commander.unknownOption' ? `\nFlags: ${flags.map(({ flag }) => flag).join(' ')}.` : '';
  return `${message[0]?.toUpperCase()}${message.slice(1)}.${allowed}\nMore: ${name} -- --help`;
}
