import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as Record<string, unknown>;
const sources = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => `src/${file}`);

function linesThat(match: RegExp): readonly string[] {
  return sources.flatMap((file) =>
    readFileSync(`${root}${file}`, 'utf8')
      .split('\n')
      .filter((line) => match.test(line) && !line.startsWith(' * '))
      .map((line) => `${file}: ${line.trim()}`),
  );
}

describe('package.json', () => {
  it('has no dependencies of any kind', () => {
    const kinds = Object.keys(manifest).filter((key) => /dependencies/i.test(key));
    expect(kinds).toEqual([]);
  });

  it('is a tree-shakable module of one entry, source in development and dist when published', () => {
    expect(manifest).toMatchObject({
      name: '@dilated-unet/core',
      license: 'Apache-2.0',
      type: 'module',
      sideEffects: false,
      files: ['dist', '!dist/.tsbuildinfo', 'src'],
    });
    expect(manifest['exports']).toEqual({
      '.': {
        '@dilated-unet/source': './src/index.ts',
        types: './dist/index.d.ts',
        default: './dist/index.js',
      },
      './package.json': './package.json',
    });
    expect(existsSync(`${root}src/index.ts`)).toBe(true);
  });

  it('runs nothing at install', () => {
    const scripts = Object.keys(manifest['scripts'] ?? {});
    expect(scripts.filter((name) => /install|prepare/.test(name))).toEqual([]);
  });
});

describe('the sources', () => {
  it('see the language alone: no Node types, no DOM types', () => {
    const json: unknown = ts.readConfigFile(`${root}tsconfig.json`, (file) => ts.sys.readFile(file)).config;
    const config = ts.parseJsonConfigFileContent(json, ts.sys, root);
    expect(config.errors).toEqual([]);
    expect(config.options.types).toEqual([]);
    expect(config.options.lib).toEqual(['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts']);
    expect(config.fileNames.length).toBe(sources.length);
    expect(linesThat(/<reference (?!lib="esnext\.disposable" )|declare (global|module)/)).toEqual([]);
  });

  it('import each other only, by paths that end in .ts', () => {
    expect(sources.length).toBeGreaterThan(20);
    const imports = linesThat(/(\bfrom|^import) '|\bimport\(|\brequire\(/);
    expect(imports.length).toBeGreaterThan(sources.length);
    expect(imports.filter((line) => !/ from '\.{1,2}\/[a-z0-9/.-]+\.ts';$/.test(line))).toEqual([]);
  });

  it('do nothing when they are loaded, and print nothing', () => {
    expect(linesThat(/\bconsole\b|\bprocess\b|\bglobalThis\b|Math\.random|Date\.now/)).toEqual([]);
  });

  it('stay small', () => {
    const long = sources.filter((file) => readFileSync(`${root}${file}`, 'utf8').split('\n').length > 350);
    expect(long).toEqual([]);
  });
});
