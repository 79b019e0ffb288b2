import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import path from 'node:path';

/**
 * Memory that this process may still take, bytes: of the machine, or of what its cgroup is limited to. What either holds of files
 * counts as free, since the kernel gives it up for what is asked for. A cgroup has no more than its machine.
 *
 * @param root where the kernel's files are. @default those of this machine
 */
export function availableMemory(root = '/'): number {
  const [free, limit] = [process.availableMemory(), process.constrainedMemory()];
  // Of the machine, which is what Node tells where no limit is below it, `free` is with what is held of files; of a cgroup without.
  const isOfGroup = limit > 0 && limit <= totalmem();
  return isOfGroup ? Math.min(limit, free + heldOfFiles(root), freemem()) : free;
}

/** What the cgroup of this process holds of files, bytes, by its `memory.stat`; 0 where that is not told. */
function heldOfFiles(root: string): number {
  const groups = textOf(path.join(root, 'proc/self/cgroup'));
  const first = /^\d+:memory:(.*)$/m.exec(groups)?.[1];
  const second = /^0::(.*)$/m.exec(groups)?.[1] ?? '';
  // Of version 1, a container sees its own as the root.
  const folders = first === undefined ? [second] : [`memory/${first}`, 'memory'];
  const stat = folders.map((folder) => textOf(path.join(root, 'sys/fs/cgroup', folder, 'memory.stat'))).find(Boolean);
  const counts = stat?.matchAll(/^(?:in)?active_file (\d+)$/gm) ?? [];
  return [...counts].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
