import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * The stamp at `path`; undefined where there is none, or none that can be read: then the part is made anew.
 *
 * @param fields names that the stamp must have.
 */
export function readStamp<T extends object>(path: string, fields: readonly (keyof T & string)[]): T | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown> | null;
    if (value !== null && typeof value === 'object' && fields.every((field) => field in value)) return value as T;
  } catch {
    // Missing, unreadable or half a file.
  }
  return undefined;
}

/** Writes a stamp or other small record as JSON; the file appears whole or not at all. */
export function writeStamp(path: string, stamp: object): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(stamp, undefined, 2)}\n`);
  renameSync(temporary, path);
}

/** SHA-256 of a file, hexadecimal. */
export function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
