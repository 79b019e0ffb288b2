import { existsSync, readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { runProcess } from '../../src/processes/run-process.ts';

const { env } = process;

test('tells the exit status, stdout alone, and all output', async () => {
  const lines: string[] = [];
  const result = await runProcess('sh', ['-c', 'echo one; echo two >&2; exit 3'], {
    env,
    onLine: (line) => lines.push(line),
  });
  expect(result).toMatchObject({ code: 3, signal: null, stdout: 'one' });
  expect(result.output.split('\n').sort()).toEqual(['one', 'two']);
  expect(lines.sort()).toEqual(['one', 'two']);
});

test('tells the signal that ended the program', async () => {
  expect(await runProcess('sh', ['-c', 'kill -9 $$'], { env })).toMatchObject({ code: null, signal: 'SIGKILL' });
});

test('keeps the last lines of a long output', async () => {
  const { output } = await runProcess('seq', ['1', '100000'], { env });
  expect(output.split('\n')).toHaveLength(500);
  expect(output.endsWith('100000')).toBe(true);
});

test('stopping ends the program and what it started', async () => {
  const controller = new AbortController();
  let grandchild = '';
  const run = runProcess('sh', ['-c', 'sleep 30 & echo $!; wait'], {
    env,
    signal: controller.signal,
    onLine: (line) => {
      grandchild = line;
      controller.abort(new Error('enough'));
    },
  });
  await expect(run).rejects.toThrow('enough');
  const stat = `/proc/${grandchild}/stat`;
  // Gone, or a zombie that nobody has asked about yet; the kernel may still be ending it on a busy machine.
  await vi.waitFor(() => expect(existsSync(stat) ? readFileSync(stat, 'utf8') : ') Z').toContain(') Z'), 5000);
});

test('a program that is not there rejects', async () => {
  await expect(runProcess('/no/such/program', [], { env })).rejects.toThrow(/ENOENT/);
});
