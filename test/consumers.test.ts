import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readStack } from '@dilated-unet/stacks/node';
import { build, createServer as createViteServer } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import webpack from 'webpack';
import { openUrl } from '../packages/runtime-web/test/support/page.ts';
import { nativeResult, smallUnet, testImage } from '../packages/runtime-web/test/support/small-unet.ts';
import { largestDifference } from './support/images.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../', import.meta.url));
const PACKED = ['core', 'host', 'model-package', 'stacks', 'runtime-web'] as const;
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};
const IMAGE = testImage(128, 96);
const README = join(ROOT, 'packages/runtime-web/README.md');
const CODECS = join(ROOT, 'packages/stacks/test/formats/tiff/fixtures/codecs');
/** A TIFF of each compression whose decoder finds its WebAssembly by its own address. */
const COMPRESSED = ['jpeg-uint8-strips.tif', 'jpeg2000-uint8-strips.tif', 'lerc-uint8-strips.tif'];

/** What a page does with the package. */
const SEGMENT = `
  globalThis.segment = async (image, options) => {
    const segmenter = await createSegmenter({ model: new URL('/model.onnx', location.href), device: 'wasm', ...options });
    const { data } = await segmenter.segmentWhole(image, { tile: 104 });
    await segmenter.dispose();
    return [...data];
  };
  globalThis.nameOfError = (options) => createSegmenter(options).then(() => '', ({ name }) => name);`;
/** What a page does to read them. */
const READ = `
  import { openTiff, readSection, urlBytes } from '@dilated-unet/stacks';

  const read = async (name) => [...(await readSection(await openTiff(await urlBytes(new URL(name, location.href))), 0)).data];
  globalThis.read = await Promise.all(${JSON.stringify(COMPRESSED)}.map((name) => read(name).catch(String)));`;
const page = (script: string, head = ''): string =>
  `<!doctype html><meta charset="utf-8" /><link rel="icon" href="data:," />${head}<script type="module" ${script}</script>`;

let consumer: string;
const servers: Server[] = [];

beforeAll(async () => {
  consumer = await mkdtemp(join(tmpdir(), 'dilated-unet-web-consumer-'));
  const tarballs: string[] = [];
  for (const name of PACKED) {
    const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', consumer], {
      cwd: join(ROOT, 'packages', name),
    });
    tarballs.push(join(consumer, stdout.trim()));
  }
  await writeFile(join(consumer, 'package.json'), '{"type":"module","private":true}');
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await run('npm', ['install', ...flags, ...tarballs, 'onnxruntime-web@1.30.0'], { cwd: consumer });
  await writeFile(join(consumer, 'main.js'), `import { createSegmenter } from '@dilated-unet/runtime-web';${SEGMENT}`);
  await writeFile(join(consumer, 'index.html'), page('src="./main.js">'));
  const [settings = ''] = /^export default defineConfig\([^]*?^\}\);/m.exec(await readFile(README, 'utf8')) ?? [];
  await writeFile(join(consumer, 'vite.config.js'), settings.replace('defineConfig', ''));
});
afterAll(async () => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  await rm(consumer, { recursive: true, force: true });
});

/** Serves a folder and the model, to pages of other origins too. */
async function serve(folder: string): Promise<string> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname.replace(/\/$/, '/index.html');
    const body = path === '/model.onnx' ? Promise.resolve(smallUnet()) : readFile(join(folder, path));
    body.then(
      (bytes) => {
        const type = TYPES[extname(path)] ?? 'application/octet-stream';
        response.writeHead(200, { 'Content-Type': type, 'Access-Control-Allow-Origin': '*' }).end(bytes);
      },
      () => response.writeHead(404).end(),
    );
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** What the page at `url` makes of the image, in Chromium. */
async function segmented(url: string, options: object = {}): Promise<Float32Array> {
  const opened = await openUrl(url, { webgpu: false });
  try {
    await opened.page.waitForFunction(() => 'segment' in globalThis);
    const image = { ...IMAGE, data: IMAGE.data };
    const values = await opened.page.evaluate(
      ({ image, options }) =>
        (globalThis as unknown as { segment(image: object, options: object): Promise<number[]> }).segment(
          image,
          options,
        ),
      { image, options },
    );
    expect(opened.complaints).toEqual([]);
    return Float32Array.from(values);
  } finally {
    await opened.close();
  }
}

describe('the packed packages, installed from their tarballs, segment', () => {
  let expected: Float32Array;
  beforeAll(async () => {
    expected = await nativeResult(smallUnet(), IMAGE);
  });

  test('in a page that Vite built', async () => {
    const outDir = join(consumer, 'vite');
    // Slow machines alone are told how long each plugin took.
    const rolldownOptions = { checks: { bundlerTimings: false } };
    const built = { outDir, rolldownOptions };
    await build({ root: consumer, logLevel: 'warn', worker: { rolldownOptions }, build: built });
    expect(largestDifference(await segmented(await serve(outDir)), expected)).toBeLessThan(1e-4);
  });

  test('in a page that webpack built', async () => {
    const path = join(consumer, 'webpack');
    await new Promise<void>((resolve, reject) => {
      const compiler = webpack({
        mode: 'production',
        context: consumer,
        entry: './main.js',
        output: { path, filename: 'main.js', module: true, publicPath: 'auto' },
        experiments: { outputModule: true },
        performance: { hints: false },
      });
      compiler.run((error, stats) => {
        if (error !== null) reject(error);
        else if (stats?.hasErrors() === true) reject(new Error(stats.toString('errors-only')));
        else resolve();
      });
    });
    await writeFile(join(path, 'index.html'), page('src="./main.js">'));
    expect(largestDifference(await segmented(await serve(path)), expected)).toBeLessThan(1e-4);
  });

  test('in a plain page with an import map, also with its files and those of ONNX Runtime on another server', async () => {
    const folder = join(consumer, 'plain');
    await mkdir(folder);
    for (const name of ['@dilated-unet/runtime-web/dist', 'onnxruntime-web/dist']) {
      await cp(join(consumer, 'node_modules', name), join(folder, name), { recursive: true });
    }
    const url = await serve(folder);
    const files = (base: string): string => `${base}@dilated-unet/runtime-web/dist/standalone/`;
    const map = JSON.stringify({ imports: { '@dilated-unet/runtime-web': `${files(url)}index.js` } });
    const script = `>import { createSegmenter } from '@dilated-unet/runtime-web';${SEGMENT}`;
    const html = page(script, `<script type="importmap">${map}</script>`);
    await writeFile(join(folder, 'index.html'), html);
    const own = await segmented(url, { wasmPaths: '/onnxruntime-web/dist/' });
    expect(largestDifference(own, expected)).toBeLessThan(1e-4);

    const opened = await openUrl(url, { webgpu: false });
    try {
      await opened.page.waitForFunction(() => 'nameOfError' in globalThis);
      const name = await opened.page.evaluate(() =>
        (globalThis as unknown as { nameOfError(options: object): Promise<string> }).nameOfError({
          model: '/no-package/',
          wasmPaths: '/onnxruntime-web/dist/',
        }),
      );
      expect(name).toBe('InvalidPackageError');
    } finally {
      await opened.close();
    }

    const elsewhere = join(consumer, 'elsewhere');
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, 'index.html'), html);
    const options = { worker: `${files(url)}worker.js`, wasmPaths: `${url}onnxruntime-web/dist/` };
    const other = await segmented(await serve(elsewhere), options);
    expect(largestDifference(other, expected)).toBeLessThan(1e-4);
  });
});

test('a page of the dev server of Vite reads a TIFF of each compression, with the settings of the README', async () => {
  const root = join(consumer, 'dev');
  await mkdir(join(root, 'public'), { recursive: true });
  for (const name of COMPRESSED) await cp(join(CODECS, name), join(root, 'public', name));
  await writeFile(join(root, 'main.js'), READ);
  await writeFile(join(root, 'index.html'), page('src="./main.js">'));
  const configFile = join(consumer, 'vite.config.js');
  const server = await createViteServer({ root, configFile, logLevel: 'warn', server: { port: 0, host: '127.0.0.1' } });
  try {
    await server.listen();
    const opened = await openUrl(server.resolvedUrls?.local[0] as string, { webgpu: false });
    try {
      await opened.page.waitForFunction(() => 'read' in globalThis);
      const values = await opened.page.evaluate(() => (globalThis as unknown as { readonly read: unknown }).read);
      const stacks = await Promise.all(COMPRESSED.map((name) => readStack(join(CODECS, name))));
      expect(values).toEqual(stacks.map(({ width, height, data }) => [...data.subarray(0, width * height)]));
    } finally {
      await opened.close();
    }
  } finally {
    await server.close();
  }
});

test('their types resolve in a page of ES2022, with the libraries checked', async () => {
  const options = {
    ...{ noEmit: true, strict: true, skipLibCheck: false, types: [] },
    ...{ target: 'es2022', lib: ['es2022', 'dom'], module: 'esnext', moduleResolution: 'bundler' },
  };
  await writeFile(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['use.ts'] }));
  await writeFile(
    join(consumer, 'use.ts'),
    `import type { Segmenter } from '@dilated-unet/core';
     import { createSegmenter } from '@dilated-unet/runtime-web';
     export { openTiff } from '@dilated-unet/stacks';
     export const segmenter: Promise<Segmenter> = createSegmenter({ model: 'a' });`,
  );
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [tsc, '-p', consumer]).catch((error: { stdout?: string }) =>
    expect.fail(error.stdout ?? String(error)),
  );
});
