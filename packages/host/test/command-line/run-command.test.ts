import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary.ts';

const SAMPLE = fileURLToPath(new URL('../support/sample-command.mjs', import.meta.url));

/** What a slow machine is told of a phase that goes on. */
const STILL_AT_IT = /^waiting: .*\n/gm;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the sample command; `stop`: the signal that it gets each time when it says that it is waiting. */
function sample(args: readonly string[], stop?: NodeJS.Signals, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const { INIT_CWD: _, ...rest } = process.env;
  const child = spawn(process.execPath, [SAMPLE, ...args], { env: { ...rest, ...env } });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    if (stop !== undefined && text.includes('waiting')) child.kill(stop);
  });
  return new Promise((resolve) => {
    child.once('close', (code, signal) =>
      resolve({ code, signal, stdout, stderr: stderr.replaceAll(STILL_AT_IT, '') }),
    );
  });
}

describe('a command ends', () => {
  test('with 0 and its result on stdout, notes and progress on stderr', async () => {
    expect(await sample(['--do', 'work', '--count', '2'])).toEqual({
      code: 0,
      signal: null,
      stdout: 'figure\ncounted 2\n',
      stderr: 'counting: one ...\na note on --count and `more`\n',
    });
  });

  test('with the last of a flag that is given twice, unless it is to be given once', async () => {
    expect(await sample(['--do', 'crash', '--do', 'where'])).toMatchObject({ code: 0 });
  });

  test.each([
    { args: ['--do', 'refuse'], stderr: 'error: --count must be even; received 1.\n' },
    { args: ['--do', 'refuse-other'], stderr: 'error: window must be even with --count; received 1.\n' },
    { args: ['--do', 'miss'], stderr: 'error: There is no disk.\n' },
    { args: ['--count', '0'], stderr: /^error: option '--count <n>' argument '0' is invalid\. It must be an integer/ },
    { args: ['--count', '1', '--count', '2'], stderr: 'error: --count must be given once; received "1 and 2".\n' },
    { args: ['--cuont', '1'], stderr: /^error: unknown option '--cuont'/ },
  ])('with 1 after $args, and says why without a stack', async ({ args, stderr }) => {
    const ended = await sample(args);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(stderr);
    expect(ended.stderr).not.toMatch(/\n\s+at /);
  });

  test('with 1 after a defect, and its stack', async () => {
    const ended = await sample(['--do', 'crash']);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^This is a defect of dilated-unet; please report it[^]*TypeError: a bug\n\s+at /);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('by %s, once it has cleaned up', async (signal) => {
    const ended = await sample(['--do', 'wait'], signal);
    expect(ended).toMatchObject({ code: null, signal, stdout: '' });
    expect(ended.stderr).toBe('waiting ...\ncleaned up\nStopped; Error: Stopped.\n');
  });

  test.each([
    { signal: 'SIGINT', stderr: 'waiting ...\nstill waiting\n', how: 'at once' },
    {
      signal: 'SIGTERM',
      stderr: 'waiting ...\nstill waiting\ncleaned up\nStopped; Error: Stopped.\n',
      how: 'once it has cleaned up',
    },
  ] as const)('by a second $signal $how', async ({ signal, stderr }) => {
    expect(await sample(['--do', 'linger'], signal)).toMatchObject({ code: null, signal, stderr });
  });

  test('with the status of its signal as the first process of a container, which a signal of its own does not end', ({
    skip,
  }) => {
    const unshare = (...args: readonly string[]) => spawnSync('unshare', ['-Urpf', '--mount-proc', ...args]);
    if (unshare('true').status !== 0) skip('unshare of util-linux may not make namespaces of processes here');
    expect(unshare(process.execPath, SAMPLE, '--do', 'stop').status).toBe(143);
  });

  test.each(['stdout', 'stderr'] as const)(
    'with 0, its work done, when nobody reads its %s any more',
    async (closed) => {
      const done = join(temporaryFolder(), 'done');
      const child = spawn(process.execPath, [SAMPLE, '--do', 'unread'], { env: { ...process.env, DONE: done } });
      child[closed].destroy();
      let said = '';
      child[closed === 'stdout' ? 'stderr' : 'stdout'].setEncoding('utf8').on('data', (text: string) => (said += text));
      const code = await new Promise((resolve) => child.once('close', resolve));
      expect({ code, said, done: readFileSync(done, 'utf8') }).toEqual({ code: 0, said: 'one\ntwo\n', done: 'done' });
    },
  );

  test('with 0 when the work was finished although it was stopped', async () => {
    expect(await sample(['--do', 'finish'], 'SIGINT')).toMatchObject({ code: 0, signal: null, stdout: 'finished\n' });
  });
});

test('relative paths start in the folder in which the command was typed, which Nx and npm tell', async () => {
  const folder = temporaryFolder();
  expect((await sample(['--do', 'where'])).stdout).toBe(`${process.cwd()}\n`);
  expect((await sample(['--do', 'where'], undefined, { INIT_CWD: folder })).stdout).toBe(`${folder}\n`);
});
