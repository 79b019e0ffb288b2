import { expect, test } from 'vitest';
import { startNx } from '../support/nx.ts';

const INSTEAD = new URL('../support/instead-of-programs.mjs', import.meta.url).href;

test.concurrent.each(['0', '1', '3'])(
  'a program that ends with %s ends Nx so, and has stdout to itself',
  async (status) => {
    const env = { END_WITH: status, RECORD_WORDS: undefined, NX_SKIP_NX_CACHE: 'true' };
    const { code, output, stdout } = await startNx(['npx', 'nx', 'run', 'runtime-node:segment'], INSTEAD, env).ended;
    expect([code, stdout]).toEqual([Number(status), 'printed by segment\n']);
    expect(output).toMatch(/Running target segment .* it depends on/);
  },
);

test('of several programs Nx speaks on stdout, and ends with 1', async () => {
  const env = { END_WITH: '3', RECORD_WORDS: undefined };
  const command = ['npx', 'nx', 'run-many', '-t', 'segment', 'describe', '--exclude-task-dependencies'];
  const { code, stdout } = await startNx(command, INSTEAD, env).ended;
  expect(code).toBe(1);
  for (const line of ['printed by segment', 'printed by describe', 'Running targets segment, describe'])
    expect(stdout).toContain(line);
});
