import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why the tests with libtiff's tools are skipped; undefined where the tools are there. */
export const LIBTIFF_MISSING =
  spawnSync('tiffcp', ['-h']).error === undefined ? undefined : 'libtiff-tools (tiffcp, tiffinfo) are not installed';

/** What `tiffinfo` says of `bytes`, and what it warns of. */
export function tiffinfo(bytes: Uint8Array): { text: string; warnings: string } {
  return inFolder((folder) => {
    writeFileSync(join(folder, 'in.tif'), bytes);
    // -D decodes every strip, so that damage in the pixels is told as well.
    const { stdout, stderr, status } = spawnSync('tiffinfo', ['-D', join(folder, 'in.tif')], { encoding: 'utf8' });
    return { text: stdout, warnings: status === 0 ? stderr : `${stderr} (exit status ${status})` };
  });
}

/** `bytes` written again by `tiffcp` with `options`. */
export function tiffcp(bytes: Uint8Array, options: readonly string[]): Uint8Array {
  return inFolder((folder) => {
    writeFileSync(join(folder, 'in.tif'), bytes);
    execFileSync('tiffcp', [...options, join(folder, 'in.tif'), join(folder, 'out.tif')], { stdio: 'pipe' });
    return new Uint8Array(readFileSync(join(folder, 'out.tif')));
  });
}

function inFolder<T>(action: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'libtiff-'));
  try {
    return action(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
