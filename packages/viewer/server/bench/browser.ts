import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EnvironmentError } from '@dilated-unet/core';
import { readJsonFile } from '@dilated-unet/host';
import { chromium, type Browser } from 'playwright-core';
import type { PreviewServer } from 'vite';
import { offeredModels } from '../offered-models.ts';
import { PAGE } from '../page-config.ts';
import { serve } from '../serve.ts';

/** What `nx run tools:chromium` wrote. */
interface ChromiumRecord {
  readonly path: string;
}

const REPOSITORY = join(dirname(createRequire(import.meta.url).resolve('@dilated-unet/viewer/package.json')), '../..');

const ARGS = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking'];
/** WebGL, with which the page draws, also where there is no GPU. */
const SOFTWARE_WEBGL = '--enable-unsafe-swiftshader';

/** A Chromium that has cached nothing. @throws EnvironmentError when `nx run tools:chromium` did not run. */
function freshBrowser(): Promise<Browser> {
  const record = readJsonFile<ChromiumRecord>(join(REPOSITORY, '.cache/chromium.json'), ['path']);
  if (record === undefined) {
    throw new EnvironmentError(
      'No Chromium is known here. Run "npx nx run tools:chromium" first; it finds or fetches one.',
    );
  }
  return chromium.launch({ executablePath: record.path, args: [...ARGS, SOFTWARE_WEBGL] });
}

/** The page, served, and a fresh browser. */
export interface ServedBrowser {
  readonly browser: Browser;
  readonly server: PreviewServer;
  readonly url: string;
}

/**
 * Serves the page and opens a fresh browser while `work` runs, and closes both.
 *
 * @param isIsolated whether the page may use threads.
 * @throws EnvironmentError when `nx run tools:chromium` did not run; what `work` throws.
 */
export async function withServedBrowser<T>(
  isIsolated: boolean,
  signal: AbortSignal,
  work: (served: ServedBrowser) => Promise<T>,
): Promise<T> {
  const browser = await freshBrowser();
  const close = (): void => void browser.close();
  signal.addEventListener('abort', close);
  try {
    const models = offeredModels(undefined);
    const server = await serve({ page: PAGE, models, port: 0, host: '127.0.0.1', isIsolated });
    try {
      return await work({ browser, server, url: server.resolvedUrls?.local[0] as string });
    } finally {
      await server.close();
    }
  } finally {
    signal.removeEventListener('abort', close);
    await browser.close();
  }
}
