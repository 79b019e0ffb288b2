import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EnvironmentError } from '@dilated-unet/core';
import { readJsonFile } from '@dilated-unet/host';
import { chromium, type Browser } from 'playwright-core';

/** What `nx run tools:chromium` wrote. */
interface ChromiumRecord {
  readonly path: string;
}

const REPOSITORY = join(dirname(createRequire(import.meta.url).resolve('@dilated-unet/viewer/package.json')), '../..');

const ARGS = ['--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking'];
/** WebGL, with which the page draws, also where there is no GPU. */
const SOFTWARE_WEBGL = '--enable-unsafe-swiftshader';

/** A Chromium that has cached nothing. @throws EnvironmentError when `nx run tools:chromium` did not run. */
export function freshBrowser(): Promise<Browser> {
  const record = readJsonFile<ChromiumRecord>(join(REPOSITORY, '.cache/chromium.json'), ['path']);
  if (record === undefined) {
    throw new EnvironmentError(
      'No Chromium is known here. Run "npx nx run tools:chromium" first; it finds or fetches one.',
    );
  }
  return chromium.launch({ executablePath: record.path, args: [...ARGS, SOFTWARE_WEBGL] });
}
