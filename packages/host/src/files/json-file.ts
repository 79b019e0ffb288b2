import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomically } from './write-file.ts';

/**
 * The object in the JSON file at `path`; undefined where there is no file, or half of one, or one of an older form: what it
 * tells of is then done again.
 *
 * @param fields names that the object must have.
 */
export function readJsonFile<T extends object>(path: string, fields: readonly (keyof T & string)[]): T | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown> | null;
    if (value !== null && typeof value === 'object' && fields.every((field) => field in value)) return value as T;
  } catch {
    // Missing, unreadable or half a file.
  }
  return undefined;
}

/** Writes `value` as indented JSON, whole or not at all, into a folder that is made where it is missing. */
export async function writeJsonFile(path: string, value: object): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomically(path, `${JSON.stringify(value, undefined, 2)}\n`);
}
