import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import cache from 'nx/src/tasks-runner/cache.js';
import root from 'nx/src/utils/workspace-root.js';

const { workspaceRoot } = root;

/**
 * Lets Nx leave the outputs of a task that are already what it has in its cache. Without its daemon it deletes them and copies
 * them anew, and a program that runs from them meanwhile does not find its modules.
 */
export function keepEqualOutputs() {
  const { prototype } = cache.DbCache;
  const copy = prototype.copyFilesFromCache;
  /** @type {typeof copy} */
  prototype.copyFilesFromCache = async function (hash, cached, outputs) {
    const isKept = outputs.every((output) => isThere(join(cached.outputsPath, output), join(workspaceRoot, output)));
    return isKept ? 0 : copy.call(this, hash, cached, outputs);
  };
}

/**
 * Whether all that is at `path` is also at `other`, byte for byte; that may have more.
 *
 * @param {string} path of a file or folder.
 * @param {string} other
 * @returns {boolean}
 */
export function isThere(path, other) {
  const [status, otherStatus] = [path, other].map((of) => statSync(of, { throwIfNoEntry: false }));
  if (status === undefined || otherStatus === undefined) return false;
  if (status.isDirectory()) {
    return otherStatus.isDirectory() && readdirSync(path).every((name) => isThere(join(path, name), join(other, name)));
  }
  return otherStatus.isFile() && status.size === otherStatus.size && readFileSync(path).equals(readFileSync(other));
}
