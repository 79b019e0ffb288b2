import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EnvironmentError } from '@dilated-unet/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { chromiumPath, ensureChromium, findChromium } from '../../src/setup/chromium.ts';
import { setUpPaths } from '../../src/setup/paths.ts';
import { program } from '../support/fake-programs.ts';
import { temporaryFolder } from '../../../packages/host/test/support/temporary.ts';

let bin: string;
let root: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  const folder = temporaryFolder();
  bin = join(folder, 'bin');
  root = join(folder, 'repository');
  // No apt-get on this PATH, and nothing to download from: what is found is what the test puts there.
  env = {
    PATH: bin,
    PLAYWRIGHT_DOWNLOAD_HOST: 'http://127.0.0.1:9',
    PLAYWRIGHT_BROWSERS_PATH: join(folder, 'browsers'),
  };
  for (const name of ['PLAYWRIGHT_BROWSERS_PATH'] as const) vi.stubEnv(name, env[name]);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const browser = (name: string, says = 'Chromium 140.0.7339.80 built on Debian') => program(bin, name, `echo "${says}"`);

test('one on PATH is taken, noted, and found again without a search', async () => {
  const path = browser('chromium');
  const record = await ensureChromium({ env, root });
  expect(record).toEqual({ path, version: 'Chromium 140.0.7339.80' });
  expect(chromiumPath(root)).toBe(path);
  expect(await ensureChromium({ env: { PATH: '' }, root })).toEqual(record);
  expect(readdirSync(dirname(setUpPaths(root).chromium))).toEqual(['chromium.json']);
});

test('a stub that only asks for snap, and a browser that lacks libraries, are passed over', () => {
  program(bin, 'chromium', 'echo "error while loading shared libraries: libnss3.so" >&2; exit 127');
  program(bin, 'chromium-browser', 'echo "Command requires the chromium snap to be installed." >&2; exit 10');
  const path = browser('google-chrome', 'Google Chrome 141.0.7390.54 ');
  expect(findChromium(env)).toEqual({ path, version: 'Chrome 141.0.7390.54' });
});

test('CHROME_PATH comes first, also before what was noted, and must start', async () => {
  browser('chromium');
  await ensureChromium({ env, root });
  const asked = browser('special', 'Chromium 150.1.2.3');
  expect((await ensureChromium({ env: { ...env, CHROME_PATH: asked }, root })).path).toBe(asked);
  expect(chromiumPath(root)).toBe(asked);
  const wrong = ensureChromium({ env: { ...env, CHROME_PATH: '/no/such/browser' }, root });
  await expect(wrong).rejects.toThrow(/CHROME_PATH names \/no\/such\/browser, which is not a Chromium that starts/);
});

test('CHROME_PATH may be the name of one on PATH, of which the path is noted', async () => {
  const path = browser('special');
  expect((await ensureChromium({ env: { ...env, CHROME_PATH: 'special' }, root })).path).toBe(path);
  expect(chromiumPath(root)).toBe(path);
});

test('one that was removed is looked for again', async () => {
  rmSync(browser('chromium'));
  const first = browser('google-chrome', 'Google Chrome 141.0.7390.54');
  await ensureChromium({ env, root });
  rmSync(first);
  expect(() => chromiumPath(root)).toThrow(/Run "npx nx run tools:chromium" first/);
  const second = browser('chromium');
  expect((await ensureChromium({ env, root })).path).toBe(second);
});

test('where none can be had: says what was tried and how to get one, and notes nothing', async () => {
  const failing = ensureChromium({ env, root });
  await expect(failing).rejects.toThrow(EnvironmentError);
  await expect(failing).rejects.toThrow(
    /No Chromium for the browser tests: .*could not be downloaded.*apt-get install chromium.*CHROME_PATH=/,
  );
  expect(existsSync(setUpPaths(root).chromium)).toBe(false);
});

test('the note is JSON with path and version', async () => {
  const path = browser('chromium');
  await ensureChromium({ env, root });
  expect(JSON.parse(readFileSync(setUpPaths(root).chromium, 'utf8'))).toEqual({
    path,
    version: 'Chromium 140.0.7339.80',
  });
});
