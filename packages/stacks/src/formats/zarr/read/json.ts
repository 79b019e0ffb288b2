import { InvalidImageError } from '@dilated-unet/core';
import type { ReadOptions } from '../../../bytes.ts';
import type { FolderPlace } from '../../format.ts';

/** A value of JSON whose form is not known. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** An object of JSON whose fields are not known. */
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

/** Metadata of a plate of thousands of wells take less. */
const MOST_BYTES = 2 ** 24;

/** The object in the JSON file at `path`; undefined where there is no such file. @throws InvalidImageError where it is none. */
export async function readJson(
  folder: FolderPlace,
  path: string,
  { signal }: ReadOptions,
): Promise<JsonObject | undefined> {
  const bytes = await folder.read(path, { most: MOST_BYTES, signal });
  if (bytes === undefined) return undefined;
  let value: Json;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Json;
  } catch (cause) {
    throw damaged(path, `it is not JSON (${(cause as Error).message})`, { cause });
  }
  if (isObject(value)) return value;
  throw damaged(path, 'it is not an object of JSON');
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `value` where it is an array of objects. */
export function objects(value: Json | undefined): readonly JsonObject[] | undefined {
  return Array.isArray(value) && value.every(isObject) ? value : undefined;
}

/** `value` where it is an array of whole numbers of at least `least`. */
export function wholeNumbers(value: Json | undefined, least: number): readonly number[] | undefined {
  const isRight = (one: Json): one is number => typeof one === 'number' && Number.isSafeInteger(one) && one >= least;
  return Array.isArray(value) && value.every(isRight) ? value : undefined;
}

/** `value` as it stands in a file, shortened, for messages. */
export function shown(value: Json | undefined): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)} ...` : text;
}

/** The error of metadata or a chunk at `path` that cannot be. */
export function damaged(path: string, what: string, options?: ErrorOptions): InvalidImageError {
  return new InvalidImageError(
    `${path}: ${what}. Get the data again from where it was published, or write it again.`,
    options,
  );
}

/** The error of metadata at `path` that asks for more than can be read. */
export function unsupported(path: string, what: string, advice = REWRITE): InvalidImageError {
  return new InvalidImageError(`${path}: ${what}. ${advice}`);
}

const REWRITE = 'Write it again, in Python: zarr.create_array(path, data=zarr.open_array(source)[:])';

/** `path` behind that of the group or array that it belongs to. */
export function joined(group: string, path: string): string {
  return group === '' ? path : `${group}/${path}`;
}
