import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { totalTests } from './summary.ts';

/** Prints the sum of all packages' test results; its last line is `N passed, N failed, N skipped`. */
const root = resolve(import.meta.dirname, '../../..');
const totals = await totalTests(await testedPackages(root));
for (const problem of totals.problems) console.error(problem);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
if (totals.failed > 0 || totals.passed === 0) process.exitCode = 1;

/** Folders of the workspace packages that have a target `test`. */
async function testedPackages(workspace: string): Promise<string[]> {
  const packages = await readdir(join(workspace, 'packages'));
  const folders = [
    ...packages.map((name) => join(workspace, 'packages', name)),
    join(workspace, 'tools'),
    join(workspace, 'test'),
  ];
  const tested: string[] = [];
  for (const folder of folders) {
    const manifest = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
    const { nx } = JSON.parse(manifest) as { nx?: { targets?: { test?: object } } };
    if (nx?.targets?.test !== undefined) tested.push(folder);
  }
  return tested;
}
