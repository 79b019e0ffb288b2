import { constants } from 'node:os';
import { InvalidOptionError, isDilatedUnetError } from '@dilated-unet/core';
import type { Command, Option } from 'commander';
import { progressDisplay, type OnProgress } from './progress.ts';

/** What a command gets from the terminal that it was typed in. */
export interface Terminal {
  /** What was typed after the command. */
  readonly argv: readonly string[];
  /** Folder in which the command was typed: relative paths start there. */
  readonly cwd: string;
  /** What is going on now; drawn on stderr. */
  readonly onProgress: OnProgress;
  /** A line that stays, on stderr. */
  readonly onNote: (line: string) => void;
  /** A line of the result, on stdout. */
  readonly print: (line: string) => void;
  /** Aborted by Ctrl-C (SIGINT), SIGTERM and SIGHUP; a second Ctrl-C ends the process at once. */
  readonly signal: AbortSignal;
}

export interface RunCommandOptions {
  /** What is printed when the user stopped the work, given what it threw then. @default 'Stopped.' */
  readonly whenStopped?: (error: unknown) => string;
  /** Fields whose flags are refused when they are given twice: of a stack, the second would be taken for another. @default the last one counts */
  readonly once?: readonly string[];
}

/** What a command prints at its end, if anything. */
type Outcome = string | void | Promise<string | void>;

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a command: parses what was typed (all of it flags), does the work, prints what it returns, and ends the process by one convention:
 *
 * - 0 when all went well;
 * - 1 after wrong usage, an error of ours (printed as its message) or a defect (printed with its stack);
 * - by the signal that stopped the work, once it has cleaned up: shells show 130 for Ctrl-C and 143 for SIGTERM. The first process
 *   of a container, which no signal of its own ends, has that status itself.
 *
 * Where a reader of stdout or stderr is gone, as that of `| head`, the work goes on and the rest is not printed.
 *
 * @param command says which options there are. An error that names a field of the same name is printed with the flag.
 * @param work gets the parsed options; returns what is printed at the end, if anything.
 */
export function runCommand<Options extends object>(
  command: Command,
  work: (options: Options, terminal: Terminal) => Outcome,
  options: RunCommandOptions = {},
): Promise<void> {
  const allowed = command.options.map((option) => option.flags).join(', ');
  command.allowExcessArguments(false).configureOutput({
    outputError: (text, write) => {
      // A misspelt flag is found among the others; a wrong value is not.
      const isUnknown = text.startsWith('error: unknown option');
      write(`${text}${isUnknown ? `Allowed: ${allowed}, --help (explains them)` : '--help explains the flags.'}\n`);
    },
  });
  for (const option of command.options) {
    if (options.once?.includes(option.attributeName())) requireOnce(command, option);
  }
  const flagOf = (field: string): string =>
    command.options.find((option) => option.attributeName() === field)?.long ?? field;
  return runInTerminal((terminal) => work(command.parse(terminal.argv, { from: 'user' }).opts<Options>(), terminal), {
    ...options,
    flagOf,
  });
}

/** Refuses the flag of `option` when it is given twice: commander takes the last one without a word. */
function requireOnce(command: Command, option: Option): void {
  let before: unknown;
  command.on(`option:${option.name()}`, (text: unknown) => {
    if (before !== undefined) {
      throw new InvalidOptionError(
        option.long ?? option.flags,
        'must be given once',
        `${String(before)} and ${String(text)}`,
      );
    }
    before = text ?? true;
  });
}

/**
 * As `runCommand`, for a command that parses its words itself.
 *
 * @param options.flagOf the flag under which the user knows a field that an error names. @default the field
 */
export async function runInTerminal(
  work: (terminal: Terminal) => Outcome,
  options: RunCommandOptions & { readonly flagOf?: (field: string) => string } = {},
): Promise<void> {
  const { whenStopped = () => 'Stopped.', flagOf = (field) => field } = options;
  const controller = new AbortController();
  let stoppedBy: NodeJS.Signals | undefined;
  let endBy: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    stoppedBy ??= signal;
    // SIGTERM comes several times: whoever stops a job, Nx for one, sends it to each process below, and each may pass it on.
    if (signal === 'SIGINT') process.removeListener(signal, stop);
    controller.abort(new Error('Stopped.'));
  };
  for (const signal of STOP_SIGNALS) process.on(signal, stop);
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.listeners('error').includes(ignoreClosedPipe)) stream.on('error', ignoreClosedPipe);
  }
  const display = progressDisplay(process.stderr);
  const line = (stream: NodeJS.WriteStream) => (text: string) => {
    display.pause();
    stream.write(`${text}\n`);
  };
  const note = line(process.stderr);
  try {
    const result = await work({
      argv: process.argv.slice(2),
      // Nx and npm start commands in another folder, and say here where the user was.
      cwd: process.env['INIT_CWD'] ?? process.cwd(),
      onProgress: display.show,
      onNote: (text) => note(inFlags(text, flagOf)),
      print: line(process.stdout),
      signal: controller.signal,
    });
    display.finish();
    if (typeof result === 'string') process.stdout.write(`${result}\n`);
  } catch (error) {
    display.abandon();
    if (stoppedBy !== undefined) {
      process.stderr.write(`${whenStopped(error)}\n`);
      endBy = stoppedBy;
    } else if (isDilatedUnetError(error)) {
      process.stderr.write(`error: ${messageInFlags(error, flagOf)}\n`);
      process.exitCode = 1;
    } else {
      process.stderr.write('This is a defect of dilated-unet; please report it with what follows.\n');
      throw error;
    }
  } finally {
    for (const signal of STOP_SIGNALS) process.removeListener(signal, stop);
    if (endBy !== undefined) {
      // Without a listener the signal ends the process, and whoever started it sees why; not process 1 of a container, which goes on.
      process.exitCode = 128 + constants.signals[endBy];
      process.kill(process.pid, endBy);
    }
  }
}

/** The work may have an output that nobody reads from a pipe. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/**
 * The message of `error` for a user who types flags: a library names an option by its field, at the start of the message or
 * in backticks, and each field that has a flag stands under it here; `field: false` under the flag that turns it off.
 */
export function messageInFlags(error: Error, flagOf: (field: string) => string): string {
  const { message } = error;
  const isNamed = error instanceof InvalidOptionError && message.startsWith(error.option);
  return inFlags(isNamed ? flagOf(error.option) + message.slice(error.option.length) : message, flagOf);
}

function inFlags(text: string, flagOf: (field: string) => string): string {
  return text.replaceAll(/`([\w.]+(?:: false)?)`/g, (quoted, field: string) => {
    const flag = flagOf(field);
    return flag === field ? quoted : flag;
  });
}
