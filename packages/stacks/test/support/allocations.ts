/** What `recordAllocations` saw. */
export interface Allocations {
  /** Bytes of the largest typed array that was made by its length. */
  readonly largest: number;
  stop(): void;
}

const NAMES = ['Uint8Array', 'Uint16Array', 'Uint32Array', 'Float32Array', 'Float64Array'] as const;

/** Watches every `new Uint8Array(length)` and its like until `stop`. */
export function recordAllocations(): Allocations {
  const originals = NAMES.map((name) => [name, globalThis[name]] as const);
  const seen = {
    largest: 0,
    stop: () => {
      for (const [name, original] of originals) Object.assign(globalThis, { [name]: original });
    },
  };
  for (const [name, original] of originals) {
    const watched = new Proxy(original, {
      construct(target, args: unknown[]) {
        const [length] = args;
        if (typeof length === 'number') seen.largest = Math.max(seen.largest, length * target.BYTES_PER_ELEMENT);
        return Reflect.construct(target, args) as object;
      },
    });
    Object.assign(globalThis, { [name]: watched });
  }
  return seen;
}
