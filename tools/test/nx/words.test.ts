import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT, startNx } from '../support/nx.ts';

const INSTEAD = new URL('../support/instead-of-programs.mjs', import.meta.url).href;
const START = './tools:start';

/** What a shell would take for something else than a name. A command in one of them makes the file MADE. */
const NAMES = [
  'x$(touch MADE).tif',
  'x`touch MADE`.tif',
  "x'; touch MADE; '.tif",
  'x"; touch MADE; ".tif',
  '; touch MADE',
  '&& touch MADE',
  '| touch MADE',
  '> MADE',
  'new\nline\ntouch MADE',
  '"quoted"',
  "'quoted'",
  '',
  ' ',
  'a  b',
  '*',
  '~',
  '$HOME',
  '%PATH%',
  '!!',
  'back\\slash\\',
  '#',
  '电子显微镜.tif',
  '-1',
  '--input=-t.tif',
  '--command=touch MADE',
  '--program=MADE',
];

interface Target {
  readonly task: string;
  readonly executor: string;
  readonly options: { readonly program?: string; readonly words?: string[]; readonly forwardAllArgs?: boolean };
}

const folder = mkdtempSync(join(tmpdir(), 'nx-words-'));
let targets: readonly Target[];

beforeAll(async () => {
  const file = join(folder, 'graph.json');
  await startNx(['npx', 'nx', 'graph', '--file', file], INSTEAD, { RECORD_WORDS: join(folder, 'none') }).ended;
  type Nodes = Record<string, { data: { targets: Record<string, Omit<Target, 'task'>> } }>;
  const { graph } = JSON.parse(readFileSync(file, 'utf8')) as { graph: { nodes: Nodes } };
  targets = Object.entries(graph.nodes).flatMap(([project, { data }]) =>
    Object.entries(data.targets).map(([target, config]) => ({ ...config, task: `${project}:${target}` })),
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(join(ROOT, 'MADE'), { force: true });
});

/** Runs Nx; returns the programs that it would have started, and with which words. */
async function started(
  ...command: readonly string[]
): Promise<readonly { task: string; program: string; words: string[] }[]> {
  const file = join(mkdtempSync(join(folder, 'run-')), 'words.jsonl');
  // What did not run must not be remembered as done.
  const { output } = await startNx(command, INSTEAD, { RECORD_WORDS: file, NX_SKIP_NX_CACHE: 'true' }).ended;
  if (!existsSync(file)) throw new Error(`Nothing was started:\n${output}`);
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { task: string; program: string; words: string[] });
}

test('what is typed goes to a program, or nowhere', () => {
  const others = targets.filter(({ executor }) => executor !== START);
  expect(targets.length).toBeGreaterThan(others.length + 30);
  for (const { task, executor, options } of others) {
    const isDeaf = executor === 'nx:run-commands' && options.forwardAllArgs === false;
    expect(isDeaf || executor === '@nx/js:release-publish', `${task} may give what is typed to a shell`).toBe(true);
  }
});

test('every program gets the words as they were typed, and no shell sees them', async () => {
  // Those of all packages, `build` for one, are the same; core has one of each.
  const own = targets.filter(({ task, executor }) => executor === START && !/:(build|typecheck|test)$/.test(task));
  const names = [...new Set(own.map(({ task }) => task.split(':')[1] as string))];
  const options = ['--exclude-task-dependencies', '--output-style=static', '--parallel', '3'];
  const runs = [
    await started('npx', 'nx', 'run-many', '-t', ...names, ...options, '--', ...NAMES),
    await started(
      'npx',
      'nx',
      'run-many',
      '-t',
      'build',
      'typecheck',
      'test',
      '-p',
      'core',
      ...options,
      '--',
      ...NAMES,
    ),
  ].flat();
  for (const { task, options } of [
    ...own,
    ...targets.filter(({ task }) => /^core:(build|typecheck|test)$/.test(task)),
  ]) {
    const run = runs.find((each) => each.task === task);
    expect(run, task).toEqual({
      task,
      program: join(ROOT, options.program ?? ''),
      words: [...(options.words ?? []), ...NAMES],
    });
  }
  expect(existsSync(join(ROOT, 'MADE'))).toBe(false);
});

test('Nx hands them over before and behind --, also those that it takes for its own', async () => {
  const flags = ['--gpu', '-1', '--batch-size', '2', '--x=1', '--x', '2', '--label-offset', '-0.6,-0.1'];
  const behind = ['--help', '--verbose', '--', ''];
  const command = ['npx', 'nx', 'run', 'core:describe', '--exclude-task-dependencies'];
  const [run] = await started(...command, ...flags, '--verbose', ...NAMES, '--', ...behind);
  expect(run?.words).toEqual(['describe', ...flags, ...NAMES, ...behind]);
  expect(existsSync(join(ROOT, 'MADE'))).toBe(false);
});

test('a program that another waits for gets none of them', async () => {
  const runs = await started('npx', 'nx', 'run', 'runtime-web:demo-build', '--batch-size', '2');
  const words = Object.fromEntries(runs.map((run) => [run.task, run.words]));
  expect(words).toMatchObject({
    'core:build': ['-b', 'tsconfig.json'],
    'viewer:build': ['-b', 'tsconfig.json'],
    'runtime-web:demo-build': ['build', '--batch-size', '2'],
  });
});
