import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser } from 'playwright-core';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

const QUIET = [
  '--headless=new',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** A WebGPU adapter without a GPU: right for numbers, useless for speed. */
const SOFTWARE_WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

const SOFTWARE_WEBGL = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'];

/**
 * The Chromium to test with: `CHROME_PATH`, a path or a name on the PATH, else what the set-up wrote into `.cache/chromium.json`, else one on the
 * PATH.
 *
 * @throws Error saying how to get one.
 */
function findChromium(): string {
  const fromEnvironment = process.env['CHROME_PATH'];
  if (fromEnvironment?.includes(sep)) return fromEnvironment;
  const record = join(ROOT, '.cache', 'chromium.json');
  if (!fromEnvironment && existsSync(record)) {
    const { path } = JSON.parse(readFileSync(record, 'utf8')) as { path: string };
    if (existsSync(path)) return path;
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const names = fromEnvironment ? [fromEnvironment] : NAMES;
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    'The tests need a Chromium. Install one (on Debian: apt-get install chromium), or set CHROME_PATH to its ' +
      'executable.',
  );
}

/** What a browser has of GPUs, in software. */
export interface Devices {
  readonly webgpu: boolean;
  /** @default false */
  readonly webgl?: boolean;
}

/** A headless Chromium; without `webgpu` it has no WebGPU adapter. */
export function launchChromium({ webgpu, webgl = false }: Devices): Promise<Browser> {
  const args = [...QUIET, ...(webgpu ? SOFTWARE_WEBGPU : []), ...(webgl ? SOFTWARE_WEBGL : [])];
  return chromium.launch({ executablePath: findChromium(), args });
}
