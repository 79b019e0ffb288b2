import { testConfig } from '../vitest.shared.ts';

/** The mutations alone, ten times as many as in CI, without the models that the other tests need. */
export default testConfig({
  include: ['mutations.test.ts', 'package-mutations.test.ts', 'zarr-mutations.test.ts'],
  testTimeout: 3_600_000,
  env: {
    MUTATIONS: process.env['MUTATIONS'] ?? '20000',
    PACKAGE_MUTATIONS: process.env['PACKAGE_MUTATIONS'] ?? '10000',
    ZARR_MUTATIONS: process.env['ZARR_MUTATIONS'] ?? '10000',
  },
});
