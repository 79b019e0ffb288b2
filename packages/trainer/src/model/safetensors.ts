import { createHash } from 'node:crypto';
import { InvalidModelError } from '@dilated-unet/core';
import type { Tensors } from './weights.ts';

/**
 * The safetensors format (https://github.com/huggingface/safetensors): 8 bytes with the length of a JSON header, the
 * header (per tensor its dtype, shape and place, and a map of texts), the values, little-endian. Only float32 is used.
 */
const LENGTH_BYTES = 8;
const CHECKSUM = 'sha256';

interface TensorEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** `tensors` and `metadata` as a safetensors file, with the SHA-256 of the values among the metadata. */
export function encodeSafetensors(tensors: Tensors, metadata: Readonly<Record<string, string>>): Uint8Array {
  const entries: Record<string, TensorEntry> = {};
  let at = 0;
  for (const [name, { shape, data }] of tensors) {
    entries[name] = { dtype: 'F32', shape, data_offsets: [at, at + data.byteLength] };
    at += data.byteLength;
  }
  const values = new Uint8Array(at);
  at = 0;
  for (const { data } of tensors.values()) {
    values.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  const header = JSON.stringify({ __metadata__: { ...metadata, [CHECKSUM]: sha256(values) }, ...entries });
  // The values begin at a multiple of 8 bytes: the header is filled up with spaces.
  const headerBytes = Buffer.from(header.padEnd(header.length + ((8 - (Buffer.byteLength(header) % 8)) % 8)));
  const out = new Uint8Array(LENGTH_BYTES + headerBytes.length + values.length);
  new DataView(out.buffer).setBigUint64(0, BigInt(headerBytes.length), true);
  out.set(headerBytes, LENGTH_BYTES);
  out.set(values, LENGTH_BYTES + headerBytes.length);
  return out;
}

/**
 * The tensors and metadata of a safetensors file.
 *
 * @param path for messages.
 * @throws InvalidModelError when the file is damaged or holds anything but float32.
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  path: string,
): { tensors: Tensors; metadata: Readonly<Record<string, string>> } {
  const damaged = (why: string, cause?: unknown): InvalidModelError =>
    new InvalidModelError(`${path} is not a whole safetensors file: ${why}.`, { cause });
  if (bytes.length < LENGTH_BYTES) throw damaged('it is too short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > bytes.length - LENGTH_BYTES) throw damaged('its header is cut off');
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(Buffer.from(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + headerLength)).toString()) as Record<
      string,
      unknown
    >;
  } catch (cause) {
    throw damaged('its header is not JSON', cause);
  }
  const { __metadata__: metadata = {}, ...entries } = header as {
    __metadata__?: Record<string, string>;
  } & Record<string, unknown>;
  const values = bytes.subarray(LENGTH_BYTES + headerLength);
  if (metadata[CHECKSUM] !== undefined && metadata[CHECKSUM] !== sha256(values)) {
    throw damaged('its values do not have the checksum that its header names');
  }
  const tensors = new Map(
    Object.entries(entries as Record<string, TensorEntry>).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        const size = shape.reduce((product, side) => product * side, 4);
        if (dtype !== 'F32') throw damaged(`tensor ${name} is ${dtype}, not F32`);
        if (to - from !== size || to > values.length) throw damaged(`tensor ${name} does not fit its shape`);
        const data = new Float32Array(size / Float32Array.BYTES_PER_ELEMENT);
        new Uint8Array(data.buffer).set(values.subarray(from, to));
        return [name, { shape, data }];
      },
    ),
  );
  return { tensors, metadata };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
