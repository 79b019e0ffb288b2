import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
// eslint-disable-next-line no-restricted-imports -- plain JavaScript: Nx loads it before anything is built
import { SWITCHES, typedWords, VALUES } from '../../nx/typed.js';

describe('what was typed for a task', () => {
  test.each([
    { argv: ['run', 'trainer:train'], words: [] },
    { argv: ['run', 'trainer:train', '--data', 'd', '--batch-size', '2'], words: ['--data', 'd', '--batch-size', '2'] },
    { argv: ['train', 'trainer', '--batch-size=2', '--lr', '1'], words: ['--batch-size=2', '--lr', '1'] },
    { argv: ['train', '--batch-size', '2'], words: ['--batch-size', '2'], case: 'in the folder of the project' },
    { argv: ['run', 'train', '--gpu', '-1', 'a b', '', '*'], words: ['--gpu', '-1', 'a b', '', '*'] },
    { argv: ['run', 'trainer:train', '--x=1', '--x', '2', '--x=1'], words: ['--x=1', '--x', '2', '--x=1'] },
    {
      argv: ['run', 'p:t', '--label-offset', '-0.6,-0.1', '--o=-t.tif'],
      words: ['--label-offset', '-0.6,-0.1', '--o=-t.tif'],
    },
    {
      argv: ['run', 'p:t', '--', '--help', '--verbose', '-c', '--', 'x'],
      words: ['--help', '--verbose', '-c', '--', 'x'],
    },
    { argv: ['run', 'p:t', '--data', 'd', '--', '--help'], words: ['--data', 'd', '--help'] },
    { argv: ['run-many', '-t', 'a', 'b', '-p', 'x', 'y', '--', '--data', 'd'], words: ['--data', 'd'] },
    { argv: ['affected', '--targets', 'a', '--base=main', '--head', 'HEAD', '--data', 'd'], words: ['--data', 'd'] },
  ])('nx $argv', ({ argv, words }) => {
    expect(typedWords(argv)).toEqual(words);
  });

  test.each([
    ['--verbose'],
    ['--skip-nx-cache'],
    ['--skipNxCache'],
    ['--no-tui'],
    ['--batch', 'true'],
    ['-c', 'production'],
    ['--configuration=production'],
    ['--output-style', 'static'],
    ['--parallel', '3'],
    ['--exclude-task-dependencies'],
  ])('is not Nx’s own %s %s', (...own) => {
    expect(typedWords([...own, 'run', ...own, 'p:t', '--a', '1', ...own, '--b', ...own])).toEqual(['--a', '1', '--b']);
  });
});

/** Of Nx and yargs, what is used here. */
interface Yargs {
  getOptions(): Readonly<Record<'boolean' | 'string' | 'number', readonly string[]>>;
}
type Builder = (yargs: Yargs) => Yargs;

test('the options of Nx are those of the installed one', () => {
  const inRoot = createRequire(import.meta.url);
  const inNx = createRequire(inRoot.resolve('nx/package.json'));
  const yargs = inNx('yargs') as (argv: readonly string[]) => Yargs;
  const command = (name: string): object => inNx(`nx/src/command-line/${name}/command-object`) as object;
  const options = [command('run'), command('run-many'), command('affected')].flatMap((commands) =>
    Object.values(commands as Record<string, { readonly builder?: Builder }>)
      .filter((each) => each.builder !== undefined)
      .map(({ builder }) => builder?.(yargs([])).getOptions()),
  );
  const names = (kind: 'boolean' | 'string' | 'number'): string[] => options.flatMap((each) => each?.[kind] ?? []);
  expect(SWITCHES).toEqual(new Set(names('boolean')));
  expect(VALUES).toEqual(new Set([...names('string'), ...names('number')]));
});
