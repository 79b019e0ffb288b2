import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ROOT, startNx } from '../support/nx.ts';

const INSTEAD = new URL('../support/instead-of-programs.mjs', import.meta.url).href;
const NX = `${ROOT}node_modules/.bin/nx`;
const RUN = ['run', 'runtime-node:segment', '--exclude-task-dependencies'];
const RUN_MANY = ['run-many', '-t', 'segment', '--exclude-task-dependencies', '--output-style=stream'];

async function hasEnded(pid: number): Promise<boolean> {
  for (let tenths = 0; tenths < 600; tenths++) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await sleep(100);
  }
  return false;
}

test.concurrent.each([
  { signal: 'SIGTERM', to: 'npx', command: ['npx', 'nx', ...RUN] },
  { signal: 'SIGHUP', to: 'nx', command: [NX, ...RUN] },
  { signal: 'SIGKILL', to: 'nx', command: [NX, ...RUN] },
  { signal: 'SIGINT', to: 'all', command: ['npx', 'nx', ...RUN] },
  { signal: 'SIGTERM', to: 'npx', command: ['npx', 'nx', ...RUN_MANY] },
] as const)(
  '$signal to $to of `$command` ends the program, once it has cleaned up, and is no success',
  async ({ signal, to, command }) => {
    const { child, says, ended } = startNx(command, INSTEAD, { RECORD_WORDS: undefined });
    await says('waiting in ');
    const group = -(child.pid as number);
    process.kill(to === 'all' ? group : -group, signal);
    const { code, output } = await ended;
    expect(code).not.toBe(0);
    expect(output).not.toMatch(/success/i);
    expect(await hasEnded(Number(/waiting in (\d+)/.exec(output)?.[1]))).toBe(true);
    // Of several tasks, Nx reads what they print, and it is silent after the signal.
    if (!command.includes('run-many')) expect(output.match(/cleaned up/g)).toHaveLength(1);
  },
);
