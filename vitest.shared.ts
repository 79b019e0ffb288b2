import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

/**
 * What every package's tests share: workspace packages resolve to their sources, a test that prints to the console
 * fails, and the results are also written as JSON, so that `.ci/run` can end in one summary.
 */
export function testConfig({ setupFiles = [], ...test }: NonNullable<ViteUserConfig['test']> = {}): ViteUserConfig {
  return defineConfig({
    resolve: { conditions: ['@dilated-unet/source', 'module', 'node', 'development|production'] },
    ssr: { resolve: { conditions: ['@dilated-unet/source', 'module', 'node', 'development|production'] } },
    test: {
      include: ['test/**/*.test.ts'],
      setupFiles: [fileURLToPath(new URL('vitest.console.ts', import.meta.url)), ...[setupFiles].flat()],
      reporters: ['default', 'json'],
      outputFile: { json: '.cache/test-results.json' },
      // Ends what hangs: the suites of several packages run at once, on two cores, on machines of any speed.
      testTimeout: 600_000,
      hookTimeout: 600_000,
      ...test,
    },
  });
}
