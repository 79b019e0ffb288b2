import { withChecksum } from '../../../../packages/stacks/test/support/encode-chunks.ts';
import { damagedBytes, type Draw } from '../draw.ts';
import { changedChunk } from './changed-chunks.ts';
import { NOT_STORED, shardParts, tableBytes, type ChunkForm, type Entry, type Shard } from './zarr.ts';

/** The bytes of a shard as it is. */
export function shardBytes(shard: Shard): Uint8Array {
  const { body, table } = shardParts(shard);
  return assembled(shard, body, table);
}

function assembled(
  { tableAtEnd, littleEndian, checked }: Shard,
  body: Uint8Array,
  table: readonly Entry[],
): Uint8Array {
  const bytes = tableBytes(table, littleEndian);
  const stored = checked ? withChecksum(bytes) : bytes;
  return Buffer.concat(tableAtEnd ? [body, stored] : [stored, body]);
}

/** The bytes of a shard of which a chunk, the table or its checksum is changed. */
export async function changedShard(shard: Shard, form: ChunkForm, draw: Draw): Promise<Uint8Array> {
  const { body, table } = shardParts(shard);
  switch (draw.below(10)) {
    case 0: {
      const at = draw.below(shard.chunks.length);
      const chunk = shard.chunks[at] ?? (await form.encode(new Uint8Array(form.bytes)));
      return shardBytes({ ...shard, chunks: shard.chunks.with(at, await changedChunk(chunk, form, draw)) });
    }
    case 1:
      return shardBytes({ ...shard, chunks: shard.chunks.with(draw.below(shard.chunks.length), undefined) });
    case 2:
      // The other way than the metadata say.
      return shardBytes({ ...shard, [draw.of(['tableAtEnd', 'littleEndian', 'checked'] as const)]: draw.chance(0.5) });
    case 3:
      return damagedBytes(shardBytes(shard), draw);
    case 4: {
      // Bytes before, behind or between that nothing names.
      const gap = new Uint8Array(draw.of([1, 16, 1000]));
      const whole = assembled(shard, body, table);
      return draw.chance(0.5) ? Buffer.concat([gap, whole]) : Buffer.concat([whole, gap]);
    }
    case 5: {
      const bytes = shardBytes(shard);
      const at = shard.tableAtEnd ? bytes.length - 1 - draw.below(20) : draw.below(20);
      return bytes.map((byte, i) => (i === Math.max(0, at) ? byte ^ (1 << draw.below(8)) : byte));
    }
    default: {
      let changed = table;
      for (let count = draw.of([1, 1, 2]); count > 0; count--) changed = changedTable(changed, body.length, draw);
      return assembled(shard, body, changed);
    }
  }
}

/** @param most bytes of the chunks. */
function changedTable(table: readonly Entry[], most: number, draw: Draw): readonly Entry[] {
  const at = draw.below(table.length);
  const [start, length] = table[at] as Entry;
  const other = table[draw.below(table.length)] as Entry;
  const odd = draw.of([
    0n,
    1n,
    BigInt(most),
    BigInt(draw.below(most + 1)),
    2n ** 31n,
    2n ** 53n,
    2n ** 63n,
    2n ** 64n - 1n,
  ]);
  const near = draw.of([-1n, 1n, 4n, -4n, 16n]);
  const entries: readonly Entry[] = [
    other,
    NOT_STORED,
    [start + near, length],
    [start, length + near],
    [start + near, length - near],
    [odd, length],
    [start, odd],
    [NOT_STORED[0], length],
    [start, NOT_STORED[1]],
    [start, 0n],
    [0n, 0n],
    [2n ** 64n - length, length],
  ];
  return table.with(at, draw.of(entries));
}
