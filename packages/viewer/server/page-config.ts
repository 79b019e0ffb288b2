import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { defaultClientConditions, type InlineConfig } from 'vite';
import { thirdPartyLicenses } from '../../../third-party-licenses.mjs';
import { serviceWorkerPlugin } from './service-worker-plugin.ts';

/** This package's folder; by its name, since this file also runs compiled, from elsewhere. */
const PACKAGE = dirname(createRequire(import.meta.url).resolve('@dilated-unet/viewer/package.json'));

/** Where the page is built. */
export const PAGE = join(PACKAGE, '.cache', 'page');

/**
 * How Vite builds the page: workers are ES modules, packages of the workspace are their TypeScript.
 *
 * @param outDir folder for the page, emptied first.
 */
export function pageConfig(outDir = PAGE): InlineConfig {
  const { collect, write } = thirdPartyLicenses();
  return {
    configFile: false,
    root: PACKAGE,
    base: './',
    cacheDir: join(PACKAGE, '.cache', 'vite'),
    logLevel: 'warn',
    resolve: { conditions: ['@dilated-unet/source', ...defaultClientConditions] },
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    // The service worker, which keeps what was built before its plugin, need not keep the licences.
    plugins: [serviceWorkerPlugin(PACKAGE), write],
    worker: { format: 'es', plugins: () => [collect] },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2023',
      rolldownOptions: {
        onwarn: (warning, warn) => {
          // The decoders of stacks import these where they run in Node alone.
          const isNodes = /^Module "(fs|path|module)" has been externalized/.test(warning.message);
          // Slow machines alone are told how long each plugin took.
          if (!isNodes && warning.code !== 'PLUGIN_TIMINGS') warn(warning);
        },
      },
    },
  };
}
