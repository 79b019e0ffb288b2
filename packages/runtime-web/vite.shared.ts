import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { defaultClientConditions, type InlineConfig } from 'vite';

/** This package's folder, ending in a separator; by its name, since this file also runs compiled, from elsewhere. */
export const PACKAGE = dirname(createRequire(import.meta.url).resolve('@dilated-unet/runtime-web/package.json')) + sep;

/**
 * What Vite needs to know to serve or build a page of this package: the worker is an ES module, and neither it nor ONNX
 * Runtime may be pre-bundled, since both find their files by their own address.
 *
 * @param from `source` resolves the workspace's packages to their TypeScript, `dist` to what is published.
 */
export function pageConfig(root: string, from: 'source' | 'dist' = 'source'): InlineConfig {
  const conditions = [...(from === 'source' ? ['@dilated-unet/source'] : []), ...defaultClientConditions];
  return {
    configFile: false,
    root,
    base: './',
    cacheDir: `${PACKAGE}.cache/vite/${from}`,
    logLevel: 'warn',
    resolve: { conditions },
    worker: { format: 'es' },
    build: {
      rolldownOptions: {
        onwarn: (warning, warn) => {
          // The decoders of stacks import these where they run in Node alone.
          const isNodes = /^Module "(fs|path|module)" has been externalized/.test(warning.message);
          // Slow machines alone are told how long each plugin took.
          if (!isNodes && warning.code !== 'PLUGIN_TIMINGS') warn(warning);
        },
      },
    },
    optimizeDeps: { exclude: ['onnxruntime-web', '@dilated-unet/runtime-web', '@dilated-unet/core'] },
  };
}
