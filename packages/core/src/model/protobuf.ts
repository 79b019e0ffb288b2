import { InvalidModelError } from '../errors.ts';

/** Kinds of fields (https://protobuf.dev/programming-guides/encoding). */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

const LARGEST_NUMBER = 2 ** 29 - 1;

/** Fields of a message that are held at once, which take a hundred times the bytes of small ones; a large network has 10,000. */
const MOST_FIELDS = 2 ** 16;

/** One field of a message. */
export interface ProtobufField {
  readonly number: number;
  /** The field as it stands in the message, tag and length included. */
  readonly whole: Uint8Array;
  /** Content of a length-delimited field; empty for numbers. */
  readonly bytes: Uint8Array;
  /** Value of an integer of varying length; 0 for other fields. */
  readonly value: number;
}

/** The fields of `message`, in its order. @throws InvalidModelError when it is no protobuf message. */
export function* protobufFields(message: Uint8Array): Generator<ProtobufField> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 64; shift += 7) {
      const byte = message[at++];
      if (byte === undefined) throw notAModel('it ends in the middle of a field');
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw notAModel('a number in it is too long');
  };
  while (at < message.length) {
    const start = at;
    const tag = varint();
    const number = Math.floor(tag / 8);
    let [length, value] = [0, 0];
    switch (tag % 8) {
      case VARINT:
        value = varint();
        break;
      case FIXED64:
        at += 8;
        break;
      case FIXED32:
        at += 4;
        break;
      case BYTES:
        length = varint();
        break;
      default:
        throw notAModel(`it has a field of unknown type ${tag % 8}`);
    }
    if (number === 0) throw notAModel('it has a field numbered 0');
    // Others keep 32 bits of a tag, and so see another field.
    if (number > LARGEST_NUMBER) throw notAModel(`it has a field numbered ${number}`);
    if (at + length > message.length) throw notAModel('it ends in the middle of a field');
    const bytes = message.subarray(at, at + length);
    at += length;
    yield { number, whole: message.subarray(start, at), bytes, value };
  }
}

/** The first field of this number; what comes behind it is not looked at. */
export function firstField(message: Uint8Array, wanted: number): ProtobufField | undefined {
  for (const field of protobufFields(message)) if (field.number === wanted) return field;
  return undefined;
}

/** All of `fields` at once. @throws InvalidModelError when there are more than 65,536. */
export function listed(fields: Iterable<ProtobufField>): readonly ProtobufField[] {
  const list: ProtobufField[] = [];
  for (const field of fields) {
    if (list.length === MOST_FIELDS) throw notAModel(`a message in it has more than ${MOST_FIELDS} fields`);
    list.push(field);
  }
  return list;
}

export function notAModel(why: string): InvalidModelError {
  return new InvalidModelError(`This is not an ONNX model: ${why}. Pass a file written by \`nx run trainer:train\`.`);
}

/** A length-delimited field: a text, bytes or a message. */
export const bytesField = (number: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  concatBytes(bytesFieldOf(number, [bytes]));

/** A length-delimited field whose content is `parts` one after another, as parts of its own: large ones are copied but once. */
export function bytesFieldOf(number: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [Uint8Array.from([...varint(number * 8 + BYTES), ...varint(length)]), ...parts];
}

/** A field that is a whole number of at least 0. */
export function varintField(number: number, value: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...varint(number * 8 + VARINT), ...varint(value)]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
  return [...bytes, value];
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Bytes that become a text at once: of each alone the engine would keep a piece, of all it would fill the stack. */
const CHUNK = 2 ** 12;

/** Each byte as one character. */
export function ascii(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return text;
}

/** Each character as one byte. */
export const asciiBytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
