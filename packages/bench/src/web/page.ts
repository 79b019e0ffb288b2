import { chromium, type Page } from 'playwright-core';
import { preview } from 'vite';
import { benchPageConfig } from './material.ts';

export interface BenchPage {
  readonly page: Page;
  /** Its address, ending in `/`. */
  readonly url: string;
  /** For example `140.0.7339.80`. */
  readonly browser: string;
}

export interface BenchPageOptions {
  /** Folder of the built page. */
  readonly folder: string;
  /** Whether the page is cross-origin isolated, which gives it threads. */
  readonly isIsolated: boolean;
  /** Whether Chromium emulates a GPU where there is none. */
  readonly hasSoftwareGpu: boolean;
  /** Path of Chromium. */
  readonly chromium: string;
  /** Closes the browser. */
  readonly signal: AbortSignal;
}

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

const QUIET = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking'];
const SOFTWARE_GPU = ['--use-webgpu-adapter=swiftshader', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];

/** Serves the page, opens it in a browser of its own, and closes both after `work`. */
export async function withBenchPage<T>(
  { folder, isIsolated, hasSoftwareGpu, chromium: executablePath, signal }: BenchPageOptions,
  work: (page: BenchPage) => Promise<T>,
): Promise<T> {
  const headers = isIsolated ? ISOLATION : {};
  const server = await preview({
    ...benchPageConfig(folder),
    appType: 'mpa',
    preview: { port: 0, host: '127.0.0.1', headers },
  });
  try {
    const args = [...QUIET, '--enable-unsafe-webgpu', ...(hasSoftwareGpu ? SOFTWARE_GPU : [])];
    const browser = await chromium.launch({ executablePath, args });
    const close = (): void => void browser.close();
    signal.addEventListener('abort', close);
    try {
      signal.throwIfAborted();
      const url = server.resolvedUrls?.local[0] as string;
      const page = await browser.newPage();
      await page.goto(url);
      await page.waitForFunction(() => 'bench' in globalThis);
      return await work({ page, url, browser: browser.version() });
    } finally {
      signal.removeEventListener('abort', close);
      await browser.close();
    }
  } finally {
    await server.close();
  }
}
