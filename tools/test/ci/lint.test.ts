import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const ESLINT = join(root, 'node_modules/eslint/bin/eslint.js');

interface Linted {
  readonly messages: readonly { readonly ruleId: string | null }[];
}

/** The rules that `text` breaks as the content of the file of core at `path`. */
function broken(path: string, text: string): readonly (string | null)[] {
  const args = ['--stdin', '--stdin-filename', path, '--format', 'json'];
  // Of all projects, the one that has the file.
  args.push('--parser-options', 'project:packages/core/tsconfig.test.json');
  // In a single run, its text would be that of the disk.
  const env = { ...process.env, TSESTREE_SINGLE_RUN: 'false' };
  const { stdout, stderr } = spawnSync(process.execPath, [ESLINT, ...args], {
    cwd: root,
    env,
    input: text,
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as readonly Linted[]).flatMap(({ messages }) => messages.map(({ ruleId }) => ruleId));
}

test('a switch that leaves kinds of layers to its default is an error in the network', () => {
  const text = `export function width(kind: 'input' | 'convolution'): number {
  switch (kind) {
    case 'input':
      return 1;
    default:
      return 3;
  }
}
`;
  expect(broken('packages/core/src/network/layers/index.ts', text)).toEqual([
    '@typescript-eslint/switch-exhaustiveness-check',
  ]);
});

test('a typed array is not copied through a function in one step, a list of a length is', () => {
  const text = `export const doubled = (data: Float32Array): Float32Array => Float32Array.from(data, (v) => 2 * v);
export const odd = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => 2 * i + 1);
export const copies = (data: Float32Array): readonly unknown[] => [Float32Array.from(data), Array.from(data, String)];
`;
  expect(broken('packages/core/src/network/layers/index.ts', text)).toEqual(['no-restricted-syntax']);
});
