import { readFileSync } from 'node:fs';

/** Options of Nx that a flag of ours begins with: its parser takes `--batch-size 2` for its own and drops both words. */
const NX_OPTIONS = ['--batch'];
/** Ancestors that are looked at: a shell, Nx, npm and its shell. */
const GENERATIONS = 6;

/**
 * The flags that Nx 22 dropped on the way from the command line to this process. Nx offers no other way to them, so they are
 * read off the command line of the Nx process that started this one (Linux; elsewhere nothing is found, and
 * `npx nx run trainer:train -- ...` passes everything).
 *
 * @param argv what arrived.
 * @param pid whose ancestors are searched. @default this process's
 * @returns the words that are missing, in order, for example `['--batch-size', '2']`.
 */
export function droppedByNx(argv: readonly string[], pid: number = process.ppid): readonly string[] {
  let ancestor = pid;
  for (let generation = 0; generation < GENERATIONS && ancestor > 1; generation++) {
    const process = readProcess(ancestor);
    if (process === undefined) return [];
    const at = process.words.indexOf('run');
    if (at > 0 && /(^|\/)nx(\.js)?$/.test(process.words[at - 1] ?? '')) {
      return process.words[at + 1] === thisTask() ? dropped(process.words.slice(at + 2), argv) : [];
    }
    ancestor = process.parent;
  }
  return [];
}

/** The target that Nx runs in this process; another that it depends on, such as a set-up, gets none of its flags. */
function thisTask(): string {
  return `${process.env['NX_TASK_TARGET_PROJECT']}:${process.env['NX_TASK_TARGET_TARGET']}`;
}

/** The flags in `typed` whose name begins with that of an Nx option and that are not in `arrived`, with their values. */
export function dropped(typed: readonly string[], arrived: readonly string[]): readonly string[] {
  const missing: string[] = [];
  typed.forEach((word, i) => {
    const [name, value] = word.split('=', 2) as [string, string | undefined];
    if (!NX_OPTIONS.some((option) => name.startsWith(`${option}-`))) return;
    if (arrived.some((own) => own === name || own.startsWith(`${name}=`))) return;
    missing.push(name);
    const text = value ?? typed[i + 1];
    if (text !== undefined) missing.push(text);
  });
  return missing;
}

function readProcess(pid: number): { readonly words: readonly string[]; readonly parent: number } | undefined {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    // The name of the program, in parentheses, may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return { words, parent: Number(fields[1]) };
  } catch {
    return undefined;
  }
}
