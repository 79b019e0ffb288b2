import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const beside = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

const conditions = ['module', 'node', 'development|production'];

/**
 * What every package's tests share. Their own package is read from its sources; the packages that it stands on are what was built of
 * them, run by Node itself: the test runner looks up every imported name each time it is used, which makes loops over pixels two to
 * four times as slow. Arrays of equal bytes are equal at once. A test that prints to the console fails, and the results are also written as
 * JSON, so that `.ci/run` can end in one summary.
 */
export function testConfig({ setupFiles = [], ...test }: NonNullable<ViteUserConfig['test']> = {}): ViteUserConfig {
  return defineConfig({
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      include: ['test/**/*.test.ts'],
      setupFiles: [beside('vitest.console.ts'), beside('vitest.equality.ts'), ...[setupFiles].flat()],
      reporters: ['default', 'json'],
      outputFile: { json: '.cache/test-results.json' },
      server: { deps: { external: [/\/(packages\/[^/]+|tools)\/dist\//] } },
      // Ends what hangs: the suites of several packages run at once, on two cores, on machines of any speed.
      testTimeout: 600_000,
      hookTimeout: 600_000,
      ...test,
    },
  });
}
