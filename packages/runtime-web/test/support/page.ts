import type { Page } from 'playwright-core';
import { createServer } from 'vite';
import { PACKAGE, pageConfig } from '../../vite.shared.ts';
import { launchChromium, type Devices } from './chromium.ts';

export interface OpenPage {
  readonly page: Page;
  /** What the page wrote to its console as a warning or error, and what it threw. */
  readonly complaints: readonly string[];
  /** Makes `path` of the page's server answer with `body`. */
  serve(path: string, body: Uint8Array | { readonly file: string }): Promise<void>;
  close(): Promise<void>;
}

export interface PageOptions {
  /** Whether the browser has a (software) WebGPU adapter. */
  readonly webgpu: boolean;
  /** Whether the page is cross-origin isolated, which gives it threads. @default false */
  readonly isolated?: boolean;
}

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** The test page (test/page), served from the sources and opened in a browser of its own. */
export async function openTestPage({ webgpu, isolated = false }: PageOptions): Promise<OpenPage> {
  const server = await createServer({
    ...pageConfig(`${PACKAGE}test/page`),
    appType: 'mpa',
    server: { port: 0, host: '127.0.0.1', hmr: false, watch: null, headers: isolated ? ISOLATION : {} },
  });
  await server.listen();
  const url = server.resolvedUrls?.local[0] as string;
  const opened = await openUrl(url, { webgpu });
  const { page } = opened;
  await page.waitForFunction(() => 'unet' in globalThis);
  return {
    ...opened,
    async close() {
      await opened.close();
      await server.close();
    },
  };
}

/** `url` in a browser of its own. */
export async function openUrl(url: string, devices: Devices): Promise<OpenPage> {
  const browser = await launchChromium(devices);
  const page = await browser.newPage();
  // The limit of the test decides: a machine may be busy.
  page.setDefaultTimeout(300_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['warning', 'error'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  return {
    page,
    complaints,
    async serve(path, body) {
      const contentType = 'application/octet-stream';
      const answer = body instanceof Uint8Array ? { body: Buffer.from(body) } : { path: body.file };
      await page.route(new URL(path, url).href, (route) => route.fulfill({ ...answer, contentType }));
    },
    close: () => browser.close(),
  };
}
