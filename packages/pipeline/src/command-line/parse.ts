import { DilatedUnetError, InvalidOptionError } from '@dilated-unet/core';
import type { ConfigField, ConfigOverrides } from '@dilated-unet/trainer';
import { Command, CommanderError, Option } from 'commander';
import type { z } from 'zod';
import { flagsOf, type Flag } from './flags.ts';

/** A command line that is all flags. */
export interface CommandSpec<Own extends z.ZodObject> {
  /** How the user starts it, for example `npx nx run trainer:train`. */
  readonly name: string;
  readonly description: string;
  /** What it takes beside the configuration of a training; its fields are made by `flags`. */
  readonly own: Own;
  /** Which fields of the configuration it takes. */
  readonly takes: (field: ConfigField) => boolean;
  /** What the help ends with: examples. */
  readonly epilogue: string;
}

/** What a command line asks for: a run, or a text to print. */
export type Parsed<Own> =
  | { readonly kind: 'help'; readonly text: string }
  /** `config`: the fields of the configuration that were typed, and no others. */
  | { readonly kind: 'run'; readonly own: Own; readonly config: ConfigOverrides };

/**
 * Reads the flags of a command.
 *
 * @param argv what was typed after the command.
 * @throws DilatedUnetError naming the flag that is unknown, incomplete, repeated or wrong, and what is allowed.
 */
export function parseCommand<Own extends z.ZodObject>(
  { name, description, own, takes, epilogue }: CommandSpec<Own>,
  argv: readonly string[],
): Parsed<z.output<Own>> {
  const flags = flagsOf(own, takes);
  let help = '';
  const command = new Command(name)
    .usage('[flags]')
    .description(description)
    .addHelpText('after', epilogue)
    .addHelpOption(new Option('--help', 'show this text').helpGroup('Run:'))
    .exitOverride()
    .configureOutput({ writeOut: (text) => (help += text), writeErr: () => undefined });
  for (const flag of flags) for (const option of optionsOf(flag)) command.addOption(option);
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return { kind: 'help', text: help.trimEnd() };
    throw new DilatedUnetError(explain(error, name, flags), { cause: error });
  }
  const typed = { own: {}, config: {} };
  for (const [flag, option] of flags.map((flag) => [flag, new Option(flag.flag)] as const)) {
    const value: unknown = command.getOptionValue(option.attributeName());
    if (value !== undefined) assign(flag.ofConfig ? typed.config : typed.own, flag.path.split('.'), value);
  }
  return { kind: 'run', own: own.parse(typed.own), config: typed.config };
}

/** A switch of the configuration has a second form, that turns off what a preset has on. */
function optionsOf(flag: Flag): readonly Option[] {
  const option = new Option(flag.value === undefined ? flag.flag : `${flag.flag} <${flag.value}>`, flag.help);
  if (flag.kind !== 'switch') {
    option.argParser<unknown>((text, previous) => {
      if (flag.isList) return [...((previous as unknown[] | undefined) ?? []), read(flag, text)];
      if (previous === undefined) return read(flag, text);
      throw new InvalidOptionError(flag.flag, 'must be given once', `${String(previous)} and ${text}`);
    });
  }
  const off = new Option(flag.flag.replace('--', '--no-'), `without ${flag.flag}`);
  const forms = flag.kind === 'switch' && flag.ofConfig ? [option, off] : [option];
  return forms.map((form) => form.helpGroup(flag.group));
}

/** The value of a flag, given the text behind it. @throws InvalidOptionError naming the flag and what it takes. */
function read({ flag, kind }: Flag, text: string): string | number | boolean {
  const refuse = (rule: string): never => {
    throw new InvalidOptionError(flag, rule, text);
  };
  if (kind === 'number' || kind === 'integer') {
    // Number('') is 0.
    const value = text.trim() === '' ? Number.NaN : Number(text);
    const fits = kind === 'integer' ? Number.isInteger(value) : Number.isFinite(value);
    return fits ? value : refuse(`must be ${kind === 'integer' ? 'an integer' : 'a number'}`);
  }
  if (kind === 'bit') return text === '0' || text === '1' ? text === '1' : refuse('must be 0 or 1');
  if (typeof kind === 'object' && !kind.includes(text)) return refuse(`must be one of ${kind.join(', ')}`);
  return text === '' ? refuse('must not be empty') : text;
}

function explain({ message: said, code }: CommanderError, name: string, flags: readonly Flag[]): string {
  const message = said.replace(/^error: /, '').replace('\n', ' ');
  const allowed = code === 'commander.unknownOption' ? `\nFlags: ${flags.map(({ flag }) => flag).join(' ')}.` : '';
  return `${message[0]?.toUpperCase()}${message.slice(1)}.${allowed}\nMore: ${name} -- --help`;
}

function assign(target: Record<string, unknown>, [head, ...rest]: readonly string[], value: unknown): void {
  if (head === undefined) return;
  if (rest.length === 0) target[head] = value;
  else assign((target[head] ??= {}) as Record<string, unknown>, rest, value);
}
