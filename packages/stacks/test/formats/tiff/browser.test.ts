import { fileURLToPath } from 'node:url';
import { build, type Rolldown } from 'vite';
import { expect, it } from 'vitest';

it.each([
  ['test/support/tiff-only.ts', 40_000],
  ['src/index.ts', 48_000],
] as const)('%s bundles for the browser: one small chunk, no Node module, nothing left', async (entry, limit) => {
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
      rollupOptions: { onwarn: (warning) => void warnings.push(warning.message) },
    },
  });
  const { output } = (result as Rolldown.RolldownOutput[])[0] as Rolldown.RolldownOutput;
  expect(output).toHaveLength(1);
  const [chunk] = output;
  expect(warnings).toEqual([]);
  expect([...chunk.imports, ...chunk.dynamicImports]).toEqual([]);
  expect(chunk.moduleIds.filter((id) => id.includes('node_modules') || id.includes('browser-external'))).toEqual([]);
  expect(chunk.code).not.toMatch(/\bBuffer\b|\bprocess\./);
  expect(chunk.code.length).toBeLessThan(limit);
});
