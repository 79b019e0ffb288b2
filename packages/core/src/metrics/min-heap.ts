/** A heap of whole numbers, of which the least is taken first (Williams, Comm. ACM 7:347, 1964). */
export class MinHeap {
  readonly #values: number[] = [];

  get size(): number {
    return this.#values.length;
  }

  push(value: number): void {
    const values = this.#values;
    let at = values.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = values[parent] as number;
      if (above <= value) break;
      values[at] = above;
      at = parent;
    }
    values[at] = value;
  }

  /** Takes the least; of an empty heap undefined. */
  pop(): number | undefined {
    const values = this.#values;
    const [least, last] = [values[0], values.pop()];
    if (last === undefined || values.length === 0) return least;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= values.length) break;
      if (child + 1 < values.length && (values[child + 1] as number) < (values[child] as number)) child++;
      const below = values[child] as number;
      if (below >= last) break;
      values[at] = below;
      at = child;
    }
    values[at] = last;
    return least;
  }
}
