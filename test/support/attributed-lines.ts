import { spawn } from 'node:child_process';
import { basename } from 'node:path';

/** A file at which a program ended, or that it never finished. */
export interface Crash {
  readonly name: string;
  readonly crash: string;
}

/**
 * Runs a Node program on files. It prints a line of JSON with the `name` of each file before and another after; where it ends in
 * between, the crash is that file's, and the program is started again for the rest.
 *
 * @param args before the files.
 * @param most seconds of a file, after which the program is killed.
 */
export async function attributedLines<T extends { readonly name: string }>(
  program: string,
  args: readonly string[],
  files: readonly string[],
  most: number,
): Promise<(T | Crash)[]> {
  const answers: (T | Crash)[] = [];
  while (answers.length < files.length) {
    const rest = files.slice(answers.length);
    const { lines, end } = await run(program, [...args, ...rest], most);
    answers.push(...lines.filter((_, i) => i % 2 === 1).map((line) => JSON.parse(line) as T));
    if (answers.length < files.length) {
      const name = basename(files[answers.length] as string);
      if (lines.length === 0) throw new Error(`The program ended before its first file: ${end}`);
      answers.push({ name, crash: end });
    }
  }
  return answers;
}

function run(program: string, args: readonly string[], most: number): Promise<{ lines: string[]; end: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    let isSlow = false;
    const kill = (): void => void ((isSlow = true), child.kill('SIGKILL'));
    let timer = setTimeout(kill, 1000 * most);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      clearTimeout(timer);
      timer = setTimeout(kill, 1000 * most);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err = (err + text).slice(-2000)));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const lines = out.split('\n').slice(0, -1);
      resolve({
        lines,
        end: isSlow ? `not ended after ${most} seconds` : `${signal ?? `exit status ${code}`}: ${err}`,
      });
    });
  });
}
