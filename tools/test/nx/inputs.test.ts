import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../packages/host/test/support/temporary.ts';
import { program } from '../support/fake-programs.ts';
import { ROOT } from '../support/nx.ts';

/** What Nx hashes for the tests of a project: paths from the root, and commands. */
interface Inputs {
  readonly root: string;
  readonly files: readonly string[];
  readonly runtime: readonly string[];
  /** What each target makes, paths from the root. */
  readonly outputs: Readonly<Record<string, readonly string[]>>;
}

const run = (program: string, ...words: readonly string[]): string =>
  execFileSync(program, words, { cwd: ROOT, encoding: 'utf8', env: { ...process.env, NX_DAEMON: 'false' } });
const PROGRAM = fileURLToPath(new URL('../support/nx-inputs.mjs', import.meta.url));
const inputs = JSON.parse(run(process.execPath, PROGRAM)) as Readonly<Record<string, Inputs>>;
const tracked = run('git', 'ls-files').trimEnd().split('\n');

/** Paths that a module names from where it lies or from the root, as literals; not all are there. */
function named(file: string, text: string): readonly string[] {
  const fromHere = [...text.matchAll(/(['"`])(\.\.\/[^'"`$\n]+)\1/g)].map(([, , path = '']) =>
    join(dirname(file), path),
  );
  const fromRoot = [...text.matchAll(/\b(?:ROOT|REPOSITORY|root), '([^'\n]+)'\)/g)].map(([, path = '']) => path);
  return [...fromHere, ...fromRoot].map((path) => relative(ROOT, resolve(ROOT, path)));
}

/** The files of the repository that are `path`, or lie in it. */
const filesOf = (path: string): readonly string[] =>
  path === '' ? [] : tracked.filter((file) => file === path || file.startsWith(`${path}/`));

test.each(Object.entries(inputs))('Nx sees what the tests of %s read', (_, { root, files }) => {
  const known = new Set(files);
  const tests = filesOf(root === 'test' ? root : `${root}/test`).filter((file) => /\.(ts|mjs)$/.test(file));
  const unseen = tests.flatMap((file) =>
    named(file, readFileSync(join(ROOT, file), 'utf8'))
      .flatMap(filesOf)
      .filter((read) => !known.has(read))
      .map((read) => `${file} reads ${read}`),
  );
  expect(unseen).toEqual([]);
});

const MACHINE = 'sh tools/nx/machine.sh';

test.each(Object.entries(inputs))('Nx sees whether the machine has what tests of %s skip without', (_, { runtime }) => {
  expect(runtime).toContain(MACHINE);
});

describe('what tests skip without', () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
    mkdirSync(join(folder, 'repository'));
  });
  const printed = (): string => {
    const { status, stdout } = spawnSync('/bin/sh', [join(ROOT, 'tools/nx/machine.sh')], {
      cwd: join(folder, 'repository'),
      env: { PATH: `${join(folder, 'bin')}:/usr/bin:/bin` },
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    return stdout;
  };

  test.each(['tiffinfo', 'tiffcp', 'munged', 'slurmctld', 'slurmd', 'sbatch', 'nvidia-smi'])('is told: %s', (name) => {
    const before = printed();
    program(join(folder, 'bin'), name, 'exit 0');
    expect(printed()).not.toBe(before);
  });

  test('is told: whether processes may have namespaces of their own', () => {
    program(join(folder, 'bin'), 'unshare', 'exit 1');
    const before = printed();
    program(join(folder, 'bin'), 'unshare', '[ "$*" = "-Urpf --mount-proc true" ]');
    expect(printed()).not.toBe(before);
  });

  test('is told: data beside the repository', () => {
    const before = printed();
    mkdirSync(join(folder, 'shared/data/isbi-2012'), { recursive: true });
    expect(printed()).not.toBe(before);
  });

  test('is told: who runs them, and with which rights', () => {
    expect(printed()).toMatch(/^\d+\nCapEff:\t[\da-f]+$/m);
  });
});

test.each(Object.entries(inputs))('Nx sees by which Node the tests of %s run', (_, { runtime }) => {
  expect(runtime).toContain('node --version');
});

test('no output of a target lies in that of another, which would bring back an earlier one', () => {
  const outputs = Object.entries(inputs).flatMap(([project, { outputs: of }]) =>
    Object.entries(of).flatMap(([target, paths]) => paths.map((path) => ({ task: `${project}:${target}`, path }))),
  );
  expect(outputs.length).toBeGreaterThan(Object.keys(inputs).length);
  const within = outputs.flatMap(({ task, path }) =>
    outputs
      .filter((other) => other.task !== task && `${path}/`.startsWith(`${other.path}/`))
      .map((other) => `${task} makes ${path} in ${other.path} of ${other.task}`),
  );
  expect(within).toEqual([]);
});
