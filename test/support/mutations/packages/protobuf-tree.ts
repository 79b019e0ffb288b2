/** A field of a protobuf message: a number, bytes, or a message with fields of its own. */
export interface TreeField {
  readonly number: number;
  /** 0: `value`; 1 and 5: `bytes` of 8 and 4; 2: `bytes`, or `fields` where it is a message. */
  readonly wire: number;
  readonly value?: bigint;
  readonly bytes?: Uint8Array;
  readonly fields?: readonly TreeField[];
  /** In the place of the right length. */
  readonly length?: bigint;
  /** Added to the tag, behind the bits that readers of 32 bits see. */
  readonly highTag?: bigint;
}

/** The messages in a message, by the numbers of their fields. */
interface Schema {
  readonly [field: number]: Schema;
}

const TENSOR: Schema = { 13: {} };
const SHAPED: Schema = { 2: { 1: { 2: { 1: {} } } } };
/** Messages of https://github.com/onnx/onnx/blob/v1.19.0/onnx/onnx.proto that the networks have. */
export const MODEL: Schema = {
  7: { 1: { 5: { 5: TENSOR } }, 5: TENSOR, 11: SHAPED, 12: SHAPED, 13: SHAPED },
  8: {},
  14: {},
};

/** The fields of a good message. */
export function treeOf(message: Uint8Array, schema: Schema): TreeField[] {
  const fields: TreeField[] = [];
  let at = 0;
  const varint = (): bigint => {
    let [value, shift] = [0n, 0n];
    for (; ; shift += 7n) {
      const byte = message[at++] as number;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(varint());
    const [number, wire] = [tag >> 3, tag & 7];
    if (wire === 0) {
      fields.push({ number, wire, value: varint() });
      continue;
    }
    const length = wire === 2 ? Number(varint()) : wire === 1 ? 8 : 4;
    const bytes = message.slice(at, at + length);
    const inner = wire === 2 ? schema[number] : undefined;
    fields.push(inner === undefined ? { number, wire, bytes } : { number, wire, fields: treeOf(bytes, inner) });
    at += length;
  }
  return fields;
}

export function messageOf(fields: readonly TreeField[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(fields.map(fieldBytes)));
}

function fieldBytes({
  number,
  wire,
  value = 0n,
  bytes,
  fields,
  length,
  highTag = 0n,
}: TreeField): Uint8Array<ArrayBuffer> {
  const content = fields === undefined ? (bytes ?? new Uint8Array(0)) : messageOf(fields);
  const tag = varintBytes((highTag << 32n) | BigInt(number * 8 + wire));
  if (wire === 0) return Buffer.concat([tag, varintBytes(value)]);
  if (wire !== 2) return Buffer.concat([tag, content]);
  return Buffer.concat([tag, varintBytes(length ?? BigInt(content.length)), content]);
}

function varintBytes(value: bigint): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (; value >= 0x80n; value >>= 7n) bytes.push(Number(value & 0x7fn) | 0x80);
  return Uint8Array.from([...bytes, Number(value)]);
}
