import { InvalidImageError } from '@dilated-unet/core';
import type { ByteCodec } from '../compression/codecs.ts';
import type { Element } from './element.ts';
import { damaged, type JsonObject } from './json.ts';

/** How the values of a chunk become bytes. */
export interface Encoding {
  /** The axes of the array in the order in which a chunk stores them. */
  readonly order: readonly number[];
  readonly littleEndian: boolean;
  /** What is done with the bytes afterwards, in this order. */
  readonly codecs: readonly ByteCodec[];
}

/** Chunks that lie together in a file, behind or before a table of their places. */
export interface Sharding {
  /** Shape of a file, a multiple of that of a chunk. */
  readonly shape: readonly number[];
  readonly indexLittleEndian: boolean;
  /** Of the table. */
  readonly indexCodecs: readonly ByteCodec[];
  readonly indexAtEnd: boolean;
}

/** What the metadata say of an array. */
export interface ZarrArray {
  /** Path in the folder; empty where the folder is the array itself. */
  readonly path: string;
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly element: Element;
  /** What chunks that are not stored consist of. */
  readonly fill: number;
  readonly encoding: Encoding;
  readonly sharding?: Sharding | undefined;
  /** Path in the folder of a file, by its place in the grid of files. */
  readonly fileOf: (place: readonly number[]) => string;
  /** Names of the axes, where the metadata have some. */
  readonly names?: readonly string[] | undefined;
  readonly attributes: JsonObject;
}

/** Bytes of a chunk once decoded. */
export function chunkBytes({ chunkShape, element }: ZarrArray): number {
  return product(chunkShape) * (element.stored.bits / 8);
}

export function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}

/** `uint16 of 1 x 512 x 512`, for messages. */
export function shapeText(shape: readonly number[]): string {
  return shape.join(' x ');
}

/**
 * @param file which the metadata stand in.
 * @throws InvalidImageError for shapes that cannot be.
 */
export function requireShapes(
  file: string,
  shape: readonly number[] | undefined,
  chunkShape: readonly number[] | undefined,
): asserts shape is readonly number[] {
  if (shape === undefined) throw damaged(file, 'shape must be an array of whole numbers');
  if (chunkShape?.length !== shape.length) {
    throw damaged(
      file,
      `the shape of a chunk must be ${shape.length} whole numbers of at least 1, as the array has ${shape.length} axes`,
    );
  }
  if (shape.some((size) => size === 0)) {
    throw new InvalidImageError(
      `${file}: the array of ${shapeText(shape)} values is empty. Choose one that has pixels.`,
    );
  }
  if (!Number.isSafeInteger(product(shape) * 8) || !Number.isSafeInteger(product(chunkShape) * 8)) {
    throw damaged(file, `an array of ${shapeText(shape)} values in chunks of ${shapeText(chunkShape)} cannot be`);
  }
}
