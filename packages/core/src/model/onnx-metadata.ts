import { InvalidModelError } from '../errors.ts';
import { parseModelCard, type ModelCard } from './card.ts';
import {
  ascii,
  asciiBytes,
  bytesField,
  concatBytes,
  firstField,
  listed,
  notAModel,
  protobufFields as fields,
  type ProtobufField as Field,
} from './protobuf.ts';

/**
 * An ONNX file is one protobuf message, ModelProto, whose field 14 (metadata_props) is a list of key-value texts
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Protobuf messages may be joined end to end, so a property
 * is added by appending bytes; only the top-level fields need to be walked to read one.
 */
const METADATA_PROPS = 14;
/** graph: a file without it is no model. */
const GRAPH = 7;
const CARD_KEY = 'dilated_unet.card';
/** Of a card, bytes; those of the models in models/ have 2,000. */
const MOST_BYTES = 1e6;

/**
 * The bytes of `model` (an ONNX file) with `card` added to its metadata, in place of any card it had.
 *
 * @throws InvalidModelError when `model` is not an ONNX file.
 */
export function withModelCard(model: Uint8Array, card: ModelCard): Uint8Array {
  requireGraph(model);
  const property = concatBytes([textField(1, CARD_KEY), textField(2, JSON.stringify(card))]);
  // An old card must go: a file with one key twice fails ONNX's own checker.
  const kept = listed(fields(model))
    .filter((field) => cardIn(field) === undefined)
    .map((field) => field.whole);
  return concatBytes([...kept, bytesField(METADATA_PROPS, property)]);
}

/**
 * The model card in an ONNX file.
 *
 * @throws InvalidModelError when `model` is not an ONNX file or has no (valid) card.
 */
export function readModelCard(model: Uint8Array): ModelCard {
  requireGraph(model);
  let card: Uint8Array | undefined;
  for (const field of fields(model)) card = cardIn(field) ?? card;
  if (card === undefined) {
    throw new InvalidModelError(
      'The ONNX file has no dilated-unet model card (normalisation, receptive field). ' +
        'Export the model with `nx run trainer:train`, which writes one.',
    );
  }
  if (card.length > MOST_BYTES) {
    throw new InvalidModelError(
      `The ONNX file's model card has ${card.length} bytes; a card has at most ${MOST_BYTES}. Export the model again.`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(ascii(card));
  } catch (cause) {
    throw new InvalidModelError("The ONNX file's model card is not JSON.", { cause });
  }
  return parseModelCard(value);
}

function requireGraph(model: Uint8Array): void {
  for (const field of fields(model)) if (field.number === GRAPH && field.bytes.length > 0) return;
  throw notAModel('it has no graph');
}

/** The card's bytes where `field` is the metadata property that holds it. */
function cardIn(field: Field): Uint8Array | undefined {
  if (field.number !== METADATA_PROPS) return undefined;
  const key = firstField(field.bytes, 1)?.bytes;
  if (key?.length !== CARD_KEY.length || ascii(key) !== CARD_KEY) return undefined;
  return firstField(field.bytes, 2)?.bytes ?? new Uint8Array();
}

function textField(number: number, text: string): Uint8Array {
  return bytesField(number, encode(text));
}

/** UTF-8 without TextEncoder, which is no part of the language: the card is written with \u escapes as ASCII. */
function encode(text: string): Uint8Array {
  return asciiBytes(text.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`));
}
