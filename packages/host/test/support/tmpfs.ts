import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A file system of its own for full and read-only disks. */
export interface Tmpfs {
  readonly path: string;
  /** For example `remount,ro`. */
  remount(options: string): void;
  remove(): void;
}

/** Mounts a tmpfs of `size`; undefined where that is not allowed (not root, or a container without mounts). */
export function mountTmpfs(size: string): Tmpfs | undefined {
  const folder = mkdtempSync(path.join(tmpdir(), 'dilated-unet-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  return {
    path: folder,
    remount: (options) => void execFileSync('mount', ['-o', options, folder]),
    remove: () => {
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    },
  };
}
