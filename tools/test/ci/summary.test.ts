import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RESULTS, totalTests } from '../../src/ci/summary.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'summary-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function results(name: string, content: unknown): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, '.cache'), { recursive: true });
  await writeFile(join(path, RESULTS), typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}
const report = (passed: number, failed: number, pending: number, todo = 0, testResults: unknown[] = []): unknown => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: pending,
  numTodoTests: todo,
  testResults,
});

it('adds up the packages, todo tests being skipped ones', async () => {
  const folders = [await results('a', report(3, 0, 1)), await results('b', report(4, 2, 0, 5))];
  expect(await totalTests(folders)).toEqual({ passed: 7, failed: 2, skipped: 6, problems: [] });
});

it('counts a package without results as a failure', async () => {
  const missing = join(folder, 'missing');
  const totals = await totalTests([await results('a', report(3, 0, 0)), missing]);
  expect(totals).toMatchObject({ passed: 3, failed: 1 });
  expect(totals.problems).toEqual([`${missing}: no test results (ENOENT)`]);
});

it.each(['{"numPassedTests": 3', '{}', '[]', 'null', '{"numPassedTests": "3"}'])(
  'counts results %s as a failure',
  async (text) => {
    const totals = await totalTests([await results('a', text)]);
    expect(totals.failed).toBe(1);
    expect(totals.problems[0]).toContain('cannot be read');
  },
);

it('names what failed, a test file that could not be loaded too, and counts it once', async () => {
  const good = { fullName: 'adds', status: 'passed', failureMessages: [] };
  const bad = { fullName: 'sums of many', status: 'failed', failureMessages: ['Error: 3, not 4\n  at …', 'Error: 5'] };
  const folders = [
    await results(
      'a',
      report(2, 1, 0, 0, [
        { name: 'x.test.ts', status: 'failed', message: 'Cannot find module\n  at …', assertionResults: [] },
        { name: 'y.test.ts', status: 'failed', message: '', assertionResults: [good, bad] },
        { name: 'z.test.ts', status: 'passed', message: '', assertionResults: [good] },
      ]),
    ),
  ];
  const problems = ['x.test.ts: Cannot find module', 'y.test.ts > sums of many: Error: 3, not 4'];
  expect(await totalTests(folders)).toEqual({ passed: 2, failed: 2, skipped: 0, problems });
});
