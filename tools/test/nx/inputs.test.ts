import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ROOT } from '../support/nx.ts';

/** What Nx hashes for the tests of a project: paths from the root, and commands. */
interface Inputs {
  readonly root: string;
  readonly files: readonly string[];
  readonly runtime: readonly string[];
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

test.each(Object.entries(inputs))('Nx sees by which Node the tests of %s run', (_, { runtime }) => {
  expect(runtime).toContain('node --version');
});
