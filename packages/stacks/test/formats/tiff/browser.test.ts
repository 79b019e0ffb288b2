import { fileURLToPath } from 'node:url';
import { build, type Rolldown } from 'vite';
import { expect, it } from 'vitest';

/** What is loaded by the first file that needs it. */
const LATER = ['fax', 'jpeg', 'jpeg2000', 'lerc', 'zstandard', 'ome', 'lsm', 'grey'];
/** What reads OME-Zarr, and what encodes a chunk of it. */
const ZARR = ['open', 'zstd'];
/** What their libraries would import in Node; Vite leaves an empty module for it. */
const NODE_MODULES = /^Module "(fs|path|module)" has been externalized .*(@cornerstonejs|lerc)/;

it.each([
  ['test/support/tiff-only.ts', LATER, 66_500],
  ['src/index.ts', [...LATER, ...ZARR], 125_000],
] as const)(
  '%s bundles for the browser: one small chunk and the decoders, no Node module, nothing left',
  async (entry, later, limit) => {
    const warnings: string[] = [];
    const result = await build({
      configFile: false,
      logLevel: 'silent',
      root: fileURLToPath(new URL('../../..', import.meta.url)),
      resolve: { conditions: ['@dilated-unet/source', 'module', 'browser', 'development|production'] },
      build: {
        write: false,
        minify: true,
        lib: { entry: fileURLToPath(new URL(`../../../${entry}`, import.meta.url)), formats: ['es'] },
        rollupOptions: {
          // Slow machines alone are told how long each plugin took.
          checks: { bundlerTimings: false },
          // As in a page, where a decoder that is loaded later may import from the first chunk.
          preserveEntrySignatures: 'allow-extension',
          onwarn: (warning) => void warnings.push(warning.message),
        },
      },
    });
    const { output } = (result as Rolldown.RolldownOutput[])[0] as Rolldown.RolldownOutput;
    const [chunk] = output;
    expect(warnings.filter((warning) => !NODE_MODULES.test(warning))).toEqual([]);
    // The bundler may put what all chunks share, the errors, into a file of its own.
    expect(chunk.imports.filter((name) => !name.startsWith('errors-'))).toEqual([]);
    expect(chunk.dynamicImports.map((name) => name.split('-')[0]).sort()).toEqual([...later].sort());
    expect(chunk.moduleIds.filter((id) => id.includes('node_modules') || id.includes('browser-external'))).toEqual([]);
    expect(chunk.code).not.toMatch(/\bBuffer\b|\bprocess\./);
    expect(chunk.code.length).toBeLessThan(limit);
  },
);
