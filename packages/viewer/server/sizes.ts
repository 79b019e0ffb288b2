import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';

/** What a visitor downloads: one line per file in `folder`, largest first, with its size as it is and gzipped. */
export function sizeTable(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.name.endsWith('.gz'),
  );
  const rows = files
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => ({ path: relative(folder, path), bytes: readFileSync(path) }))
    .sort((a, b) => b.bytes.length - a.bytes.length)
    .map(({ path, bytes }) => `${kilobytes(bytes.length)} ${kilobytes(gzipSync(bytes).length)}  ${path}`);
  return [`${'kB'.padStart(10)} ${'gzip, kB'.padStart(10)}  file`, ...rows].join('\n');
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1).padStart(10);
}
