import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeHeaders } from '../../src/setup/node-headers.ts';
import { program } from '../support/fake-programs.ts';
import { temporaryFolder } from '../../../packages/host/test/support/temporary.ts';

function headers(folder: string): string {
  mkdirSync(join(folder, 'include', 'node'), { recursive: true });
  writeFileSync(join(folder, 'include', 'node', 'node_api.h'), '');
  return folder;
}

test("npm's nodedir comes first: from the variable that npm sets, else from its settings", () => {
  const folder = temporaryFolder();
  const variable = headers(join(folder, 'variable'));
  const setting = headers(join(folder, 'setting'));
  const bin = join(folder, 'bin');
  program(bin, 'npm', `[ "$*" = "config get nodedir" ] && echo ${setting}`);
  expect(nodeHeaders({ PATH: bin, npm_config_nodedir: variable })).toBe(variable);
  expect(nodeHeaders({ PATH: bin })).toBe(setting);
  expect(nodeHeaders({ PATH: bin, npm_config_nodedir: join(folder, 'without-headers') })).toBe(setting);
});

test('a setting that is not set, or names a folder without headers, is passed over', () => {
  const folder = temporaryFolder();
  const found = (says: string) => {
    program(join(folder, 'bin'), 'npm', `echo ${says}`);
    return nodeHeaders({ PATH: join(folder, 'bin') });
  };
  const otherwise = nodeHeaders({ PATH: '' });
  expect(found('undefined')).toBe(otherwise);
  expect(found(folder)).toBe(otherwise);
});
