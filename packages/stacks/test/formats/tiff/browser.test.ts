import { fileURLToPath } from 'node:url';
import { build, type Rolldown } from 'vite';
import { expect, it } from 'vitest';

/** The chunks that are loaded when they are needed. */
const LATER = ['fax', 'txml'];

it.each([
  ['test/support/tiff-only.ts', 56_000],
  ['src/index.ts', 64_000],
] as const)(
  '%s bundles for the browser: one small chunk and the decoders, no Node module, nothing left',
  async (entry, limit) => {
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
          // As in a page, where a decoder that is loaded later may import from the first chunk.
          preserveEntrySignatures: 'allow-extension',
          onwarn: (warning) => void warnings.push(warning.message),
        },
      },
    });
    const { output } = (result as Rolldown.RolldownOutput[])[0] as Rolldown.RolldownOutput;
    const [chunk, ...later] = output;
    expect(warnings).toEqual([]);
    // Decoders that few files need are loaded by the first block that needs them.
    expect(chunk.imports).toEqual([]);
    expect(later.map(({ fileName }) => fileName.split('-')[0]).sort()).toEqual(LATER);
    expect(chunk.dynamicImports).toHaveLength(LATER.length);
    expect(chunk.moduleIds.filter((id) => id.includes('node_modules') || id.includes('browser-external'))).toEqual([]);
    expect(chunk.code).not.toMatch(/\bBuffer\b|\bprocess\./);
    expect(chunk.code.length).toBeLessThan(limit);
  },
);
