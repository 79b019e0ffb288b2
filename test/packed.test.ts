import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../', import.meta.url));
const PACKED = ['core', 'host', 'stacks', 'model-package', 'runtime-node', 'runtime-web'] as const;

/** A consumer's folder: the packed packages unpacked into its node_modules, the dependencies of others beside them. */
let consumer = '';

beforeAll(async () => {
  consumer = await mkdtemp(join(tmpdir(), 'dilated-unet-consumer-'));
  const modules = join(consumer, 'node_modules');
  await mkdir(join(modules, '@dilated-unet'), { recursive: true });
  for (const entry of await readdir(join(ROOT, 'node_modules'))) {
    if (entry.startsWith('.') || entry === '@dilated-unet') continue;
    await symlink(join(ROOT, 'node_modules', entry), join(modules, entry));
  }
  for (const name of PACKED) {
    const target = join(modules, '@dilated-unet', name);
    await mkdir(target);
    const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', consumer], {
      cwd: join(ROOT, 'packages', name),
    });
    await run('tar', ['-xzf', join(consumer, stdout.trim()), '-C', target, '--strip-components=1']);
  }
  await writeFile(join(consumer, 'package.json'), '{"type":"module"}');
});
afterAll(() => rm(consumer, { recursive: true, force: true }));

const node = (script: string) => run(process.execPath, ['--input-type=module', '-e', script], { cwd: consumer });

describe('as a consumer sees the packed packages', () => {
  test.each(PACKED)('%s holds what it exports and no tests', async (name) => {
    const folder = join(consumer, 'node_modules/@dilated-unet', name);
    const files = await readdir(folder, { recursive: true });
    expect(files.filter((file) => /(^|\/)(test|\.cache|demo)(\/|$)|\.tsbuildinfo$/.test(file))).toEqual([]);
    const { exports } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
      exports: Record<string, string | Record<string, string>>;
    };
    const promised = Object.values(exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    );
    for (const path of promised) expect(files).toContain(path.replace('./', ''));
  });

  test('runtime-web carries the licences of what is bundled into it', async () => {
    const path = join(consumer, 'node_modules/@dilated-unet/runtime-web/dist/standalone/THIRD-PARTY-LICENSES.txt');
    const text = await readFile(path, 'utf8');
    for (const name of ['yaml', '@noble/hashes']) expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'));
    expect(text).toContain('Copyright Eemeli Aro');
  });

  test('core and stacks run', async () => {
    const { stdout } = await node(`
      import { parameterCount, variant } from '@dilated-unet/core';
      import { encodeTiffStack, readTiffStack } from '@dilated-unet/stacks';
      const stack = { width: 2, height: 1, depth: 1, data: Uint8Array.of(3, 4) };
      const { data } = await readTiffStack(await encodeTiffStack(stack));
      console.log(parameterCount(variant('unet')).total, ...data);
    `);
    expect(stdout.trim()).toBe('2772816 3 4');
  });

  test('runtime-node segments', async () => {
    const { stdout } = await node(`
      import { createSegmenter } from '@dilated-unet/runtime-node';
      const segmenter = await createSegmenter({ model: ${JSON.stringify(inject('models').unet.onnx)}, device: 'cpu' });
      const { data } = await segmenter.segmentWhole({ width: 24, height: 16, data: new Uint8Array(24 * 16).fill(120) });
      console.log(data.length, data.every((p) => p > 0 && p < 1));
      await segmenter.dispose();
    `);
    expect(stdout.trim()).toBe('384 true');
  });

  test('their types resolve', async () => {
    await writeFile(
      join(consumer, 'use.ts'),
      `import type { Segmenter } from '@dilated-unet/core';
       import { createSegmenter as inNode } from '@dilated-unet/runtime-node';
       import { createSegmenter as inBrowser } from '@dilated-unet/runtime-web';
       export const segmenters: Promise<Segmenter>[] = [inNode({ model: 'a' }), inBrowser({ model: 'a' })];`,
    );
    const flags = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--lib',
      'es2023,dom',
      '--types',
      'node',
    ];
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    await expect(
      run(process.execPath, [tsc, ...flags, '--skipLibCheck', 'use.ts'], { cwd: consumer }),
    ).resolves.toMatchObject({
      stdout: '',
    });
  });
});
