import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import protobuf from 'protobufjs';

/** One value of an event file: TensorFlow's `Event` with a `Summary` of one scalar. */
export interface ScalarEvent {
  readonly tag: string;
  readonly step: number;
  readonly value: number;
}

const field = (type: string, id: number): protobuf.IField => ({ type, id });
const Event = protobuf.Root.fromJSON({
  nested: {
    Value: { fields: { tag: field('string', 1), simpleValue: field('float', 2) } },
    Summary: { fields: { value: { ...field('Value', 1), rule: 'repeated' } } },
    Event: { fields: { step: field('int64', 2), fileVersion: field('string', 3), summary: field('Summary', 5) } },
  },
}).lookupType('Event');

/** The scalars of all event files in `directory`, in order. An event file is a TFRecord file: length, CRC, bytes, CRC. */
export async function readEvents(directory: string): Promise<readonly ScalarEvent[]> {
  const events: ScalarEvent[] = [];
  for (const name of (await readdir(directory)).sort()) {
    const bytes = await readFile(join(directory, name));
    let at = 0;
    while (at < bytes.length) {
      const length = Number(bytes.readBigUInt64LE(at));
      at += 12;
      if (at + length + 4 > bytes.length) throw new RangeError(`${name} ends within a record.`);
      const { step, summary } = Event.toObject(Event.decode(bytes.subarray(at, at + length)), {
        longs: Number,
        defaults: true,
      }) as { step: number; summary: { value: { tag: string; simpleValue: number }[] } | null };
      for (const { tag, simpleValue } of summary?.value ?? []) events.push({ tag, step, value: simpleValue });
      at += length + 4;
    }
  }
  return events;
}
