import type { GreyData } from '@dilated-unet/core';
import type { StackSource, StoredData, StoredDtype } from '@dilated-unet/stacks';
import { IdNumbers, openStack } from '@dilated-unet/stacks/node';

/** A stack that this program wrote. */
export interface WrittenStack {
  /** Of ids, float32, those above 2 ** 24 as other numbers. */
  readonly source: StackSource;
  /** What was read of it, as it was written; undefined where that is of another type. */
  readonly valuesOf: (data: GreyData) => StoredData | undefined;
}

/** Opens what was written as `dtype`. @throws as `openStack`. */
export async function openWritten(path: string, dtype: StoredDtype): Promise<WrittenStack> {
  if (dtype !== 'uint32') {
    const kind = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array }[dtype];
    return { source: await openStack(path), valuesOf: (data) => (data instanceof kind ? data : undefined) };
  }
  const ids = new KnownIds();
  const source = await openStack(path, { labels: true, ids });
  return { source, valuesOf: (data) => ids.restored(data) };
}

/** Knows which ids the numbers in place of large ones stand for. */
class KnownIds extends IdNumbers {
  readonly #ids = new Map<number, number>();

  override numberOf(id: bigint): number {
    const number = super.numberOf(id);
    this.#ids.set(number, Number(id));
    return number;
  }

  /** The ids for which `numbers` stand. */
  restored(numbers: GreyData): Uint32Array<ArrayBuffer> {
    // Apart, as it is the quick way and the common case.
    if (this.#ids.size === 0) return Uint32Array.from(numbers);
    return Uint32Array.from(numbers).map((number) => this.#ids.get(number) ?? number);
  }
}
