import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EnvironmentError } from '@dilated-unet/core';
import { findProgram, type OnProgress, readJsonFile, runProcess, withLock, writeJsonFile } from '@dilated-unet/host';
import { setUpPaths } from './paths.ts';

/** A Chromium that starts. */
export interface ChromiumRecord {
  /** Absolute path of the program. */
  readonly path: string;
  /** As it says itself, for example `Chromium 140.0.7339.80`. */
  readonly version: string;
}

export interface ChromiumOptions {
  /** Variables of the caller; CHROME_PATH, PATH and Playwright's own are read. */
  readonly env: NodeJS.ProcessEnv;
  /** The repository. @default the one that this package is part of */
  readonly root?: string;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * The Chromium for the browser tests: the one recorded, else CHROME_PATH, one on PATH, Playwright's (downloaded when it
 * must be), or Debian's package where this process is root.
 *
 * @throws EnvironmentError that says what was tried and how to get one.
 */
export async function ensureChromium(options: ChromiumOptions): Promise<ChromiumRecord> {
  const paths = setUpPaths(options.root);
  const { env } = options;
  const known = readJsonFile<ChromiumRecord>(paths.chromium, ['path', 'version']);
  const requested = env['CHROME_PATH'];
  const isMeant = (path: string): boolean => !requested || findProgram(requested, env) === path;
  if (known !== undefined && existsSync(known.path) && isMeant(known.path)) return known;
  return withLock(`${paths.chromium}.lock`, async () => {
    const found = findChromium(env) ?? (await download(options)) ?? (await debianPackage(options));
    if (found === undefined) throw noChromium(env);
    await writeJsonFile(paths.chromium, found);
    return found;
  });
}

/**
 * Path of the Chromium that `nx run tools:chromium` found.
 *
 * @param root the repository. @default the one that this package is part of
 * @throws EnvironmentError when it did not run, or the program is gone.
 */
export function chromiumPath(root?: string): string {
  const record = readJsonFile<ChromiumRecord>(setUpPaths(root).chromium, ['path', 'version']);
  if (record !== undefined && existsSync(record.path)) return record.path;
  throw new EnvironmentError(
    'No Chromium is known here. Run "npx nx run tools:chromium" first; it finds or fetches one.',
  );
}

/** A Chromium that is on the machine already; undefined when there is none that starts. */
export function findChromium(env: NodeJS.ProcessEnv): ChromiumRecord | undefined {
  const requested = env['CHROME_PATH'];
  if (requested !== undefined && requested !== '') {
    const path = findProgram(requested, env);
    const record = path === undefined ? undefined : started(path, env);
    if (record !== undefined) return record;
    throw new EnvironmentError(
      `CHROME_PATH names ${requested}, which is not a Chromium that starts. Correct or unset it.`,
    );
  }
  for (const name of NAMES) {
    const path = findProgram(name, env);
    const record = path === undefined ? undefined : started(path, env);
    if (record !== undefined) return record;
  }
  return undefined;
}

/**
 * The program as a record when it tells its version: a stub that asks for snap, or a browser that lacks libraries, does
 * not.
 */
function started(path: string, env: NodeJS.ProcessEnv): ChromiumRecord | undefined {
  const run = spawnSync(path, ['--version'], { env, encoding: 'utf8', timeout: 30_000 });
  const version = /(?:Chromium|Chrome)[^\n]* \d+\.[\d.]+/.exec(run.status === 0 ? run.stdout : '')?.[0];
  return version === undefined ? undefined : { path, version: version.trim() };
}

/** Playwright's build. The whole browser: its headless shell has no WebGPU. */
async function download(options: ChromiumOptions): Promise<ChromiumRecord | undefined> {
  const { env, signal } = options;
  const { chromium } = await import('playwright-core');
  const there = started(chromium.executablePath(), env);
  if (there !== undefined) return there;
  options.onProgress?.({ phase: "downloading Playwright's Chromium" });
  const cli = join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js');
  // Its default, 30 s, is tried several times over where the host cannot be reached at all.
  const impatient = { PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '10000', ...env };
  await runProcess(process.execPath, [cli, 'install', '--no-shell', 'chromium'], { env: impatient, signal });
  return started(chromium.executablePath(), env);
}

async function debianPackage(options: ChromiumOptions): Promise<ChromiumRecord | undefined> {
  const { env, signal } = options;
  if (process.getuid?.() !== 0 || findProgram('apt-get', env) === undefined) return undefined;
  options.onProgress?.({ phase: "installing Debian's chromium package" });
  const quiet = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, signal };
  await runProcess('apt-get', ['update'], quiet);
  await runProcess('apt-get', ['install', '--yes', '--no-install-recommends', 'chromium'], quiet);
  return findChromium(env);
}

function noChromium(env: NodeJS.ProcessEnv): EnvironmentError {
  const apt =
    findProgram('apt-get', env) === undefined ? 'there is no apt-get' : "Debian's package could not be installed";
  const root = process.getuid?.() === 0 ? apt : "Debian's package needs root";
  return new EnvironmentError(
    `No Chromium for the browser tests: none of ${NAMES.join(', ')} on PATH starts, Playwright's could not be ` +
      `downloaded or lacks system libraries, and ${root}. Install one (Debian: apt-get install chromium; Fedora: ` +
      'dnf install chromium) or name one: CHROME_PATH=/path/to/chrome.',
  );
}
