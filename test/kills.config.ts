import { testConfig } from '../vitest.shared.ts';

/** The killed runs alone, ten times as many as in CI. */
export default testConfig({
  include: ['kills.test.ts'],
  testTimeout: 3_600_000,
  env: { KILLS: process.env['KILLS'] ?? '50' },
});
