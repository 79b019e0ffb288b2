import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where each package's test run leaves its results (vitest's JSON reporter), relative to the package. */
export const RESULTS = '.cache/test-results.json';

/** Tests counted over all packages. */
export interface TestTotals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** A line for each failure: a test, a test file that could not be loaded, a package without results. */
  readonly problems: readonly string[];
}

/** The part of vitest's JSON report that is read. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly TestFile[];
}

interface TestFile {
  /** Its path. */
  readonly name: string;
  readonly status: string;
  /** What kept it from being loaded. */
  readonly message: string;
  readonly assertionResults: readonly { fullName: string; status: string; failureMessages?: readonly string[] }[];
}

/**
 * Adds up the test results of the packages at `folders` (absolute paths). A package without results and a test file
 * that failed before its first test count as one failure each: neither may pass unseen.
 */
export async function totalTests(folders: readonly string[]): Promise<TestTotals> {
  let [passed, failed, skipped] = [0, 0, 0];
  const problems: string[] = [];
  for (const folder of folders) {
    const report = await readReport(join(folder, RESULTS));
    if (typeof report === 'string') {
      problems.push(`${folder}: ${report}`);
      failed++;
      continue;
    }
    passed += report.numPassedTests;
    failed += report.numFailedTests;
    skipped += report.numPendingTests + report.numTodoTests;
    for (const file of report.testResults) {
      for (const test of file.assertionResults) {
        if (test.status !== 'failed') continue;
        problems.push(`${file.name} > ${test.fullName}: ${firstLine(test.failureMessages?.[0]) || 'failed'}`);
      }
      if (file.status !== 'failed' || file.assertionResults.length > 0) continue;
      problems.push(`${file.name}: ${firstLine(file.message) || 'failed before its first test'}`);
      failed++;
    }
  }
  return { passed, failed, skipped, problems };
}

const firstLine = (text = ''): string => text.split('\n', 1)[0]!;

async function readReport(path: string): Promise<Report | string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return `no test results (${(error as NodeJS.ErrnoException).code ?? String(error)})`;
  }
  try {
    const report = JSON.parse(text) as Report;
    const counts = [report.numPassedTests, report.numFailedTests, report.numPendingTests, report.numTodoTests];
    if (counts.every(Number.isInteger) && Array.isArray(report.testResults)) return report;
  } catch {
    // Reported below: a file that is no JSON and one that is another JSON are the same problem.
  }
  return 'the test results cannot be read; the run was cut off';
}
