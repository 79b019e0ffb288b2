import { damagedBytes, NUMBERS, oddByte, type Draw } from '../draw.ts';
import { messageOf, MODEL, treeOf, type TreeField } from './protobuf-tree.ts';

const OPERATIONS = [
  'Add', 'Cast', 'Concat', 'ConstantOfShape', 'Conv', 'ConvTranspose', 'DequantizeLinear', 'Expand', 'Identity', 'If', 'Loop',
  'MaxPool', 'MaxUnpool', 'NonMaxSuppression', 'NonZero', 'OneHot', 'Pad', 'QuantizeLinear', 'Range', 'Relu', 'Reshape', 'Resize',
  'Scan', 'SequenceConstruct', 'Sigmoid', 'SpaceToDepth', 'Squeeze', 'StringNormalizer', 'Tile', 'TopK', 'Transpose', 'Unsqueeze',
]; // prettier-ignore
const HUGE = [2n ** 31n - 1n, 2n ** 32n, 2n ** 40n, 2n ** 62n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n];
/** Of a node: the operation. Of a tensor: what lies beside the file, and that it does. */
const [OPERATION, EXTERNAL_DATA, DATA_LOCATION] = [4, 13, 14];
const [GRAPH, INITIALIZER, NODE, ATTRIBUTE, SUBGRAPH] = [7, 5, 1, 5, 6];

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

/** An ONNX file with its bytes or its fields changed. */
export function changedOnnx(bytes: Uint8Array, draw: Draw): Uint8Array {
  if (draw.chance(0.15)) return damagedBytes(bytes, draw);
  let tree: readonly TreeField[] = treeOf(bytes, MODEL);
  for (let change = draw.of([1, 1, 1, 2]); change > 0; change--) tree = changedTree(tree, draw);
  const changed = messageOf(tree);
  if (draw.chance(0.05)) changed[draw.below(changed.length)] = oddByte(draw);
  return changed;
}

/** The tree with one of its fields changed; all depths are as likely. */
function changedTree(tree: readonly TreeField[], draw: Draw): readonly TreeField[] {
  if (draw.chance(0.08)) return withExternalData(tree, draw);
  if (draw.chance(0.04)) return nested(tree, draw);
  return changedFields(tree, draw);
}

function changedFields(fields: readonly TreeField[], draw: Draw): readonly TreeField[] {
  // A graph has fields by the dozen: most draws go on into it.
  const messages = fields.flatMap((field, i) => (field.fields === undefined ? [] : [i]));
  if (messages.length > 0 && draw.chance(0.85)) {
    const at = draw.of(messages);
    const field = fields[at] as TreeField;
    return fields.map((old, i) => (i === at ? { ...field, fields: changedFields(field.fields ?? [], draw) } : old));
  }
  if (fields.length === 0) return [drawnField(draw)];
  const at = draw.below(fields.length);
  const field = fields[at] as TreeField;
  const replaced = (...others: TreeField[]): TreeField[] => fields.flatMap((old, i) => (i === at ? others : [old]));
  switch (draw.below(10)) {
    case 0:
      return replaced();
    case 1:
      return replaced(field, field);
    case 2:
      return fields.toSorted(() => (draw.chance(0.5) ? 1 : -1));
    case 3:
      return replaced({ ...field, number: draw.of([1, 2, 3, 4, 5, 6, 7, 8, 9, 14, 15, 20, 23, 25, 2 ** 28]) });
    case 4:
      return replaced(field, drawnField(draw));
    case 5:
      return replaced({ ...field, length: draw.of([...HUGE, ...NUMBERS.map(BigInt)]) });
    case 6:
      return replaced(draw.of(fields));
    case 7:
      return replaced({ ...field, highTag: BigInt(draw.of([1, 7, 8, 2 ** 20])) });
    default:
      return replaced(otherContent(field, draw));
  }
}

function otherContent(field: TreeField, draw: Draw): TreeField {
  if (field.wire === 0) return { ...field, value: draw.of([...HUGE, ...NUMBERS.map(BigInt)]) };
  if (field.number === OPERATION && draw.chance(0.5)) return { ...field, bytes: text(draw.of(OPERATIONS)) };
  if (field.bytes === undefined || field.bytes.length === 0) return { ...field, bytes: text(draw.of(OPERATIONS)) };
  if (field.wire !== 2) return { ...field, bytes: field.bytes.map(() => oddByte(draw)) };
  return { ...field, bytes: damagedBytes(field.bytes, draw) };
}

function drawnField(draw: Draw): TreeField {
  const number = draw.of([1, 2, 3, 4, 5, 7, 8, 10, 14, 15, 20, 25, 1000]);
  if (draw.chance(0.5)) return { number, wire: 0, value: BigInt(draw.of(NUMBERS)) };
  return {
    number,
    wire: draw.of([2, 2, 3, 4, 6]),
    bytes: Uint8Array.from({ length: draw.below(9) }, () => oddByte(draw)),
  };
}

/** Weights of a tensor lie in another file, by its location, its list of keys and values, or both. */
function withExternalData(tree: readonly TreeField[], draw: Draw): readonly TreeField[] {
  const pair = (key: string, value: string): TreeField => ({
    number: EXTERNAL_DATA,
    wire: 2,
    fields: [{ number: 1, wire: 2, bytes: text(key) }, { number: 2, wire: 2, bytes: text(value) }],
  }); // prettier-ignore
  const highTag = draw.chance(0.3) ? 1n : 0n;
  const location: TreeField = {
    number: DATA_LOCATION,
    wire: 0,
    value: draw.of([0n, 1n, 1n, 2n, 2n ** 32n + 1n]),
    highTag,
  };
  const path = draw.of(['model.onnx', '../weights.bin', '/dev/zero', '/etc/passwd', '']);
  const keys = [pair('location', path), pair('offset', String(draw.of(NUMBERS))), pair('length', '64')];
  const added = draw.of([[location], keys, [...keys, location]]).map((field) => ({ ...field, highTag }));
  return tree.map((field) => {
    if (field.number !== GRAPH || field.fields === undefined) return field;
    const chosen = draw.of(field.fields.filter(({ number }) => number === INITIALIZER));
    const fields = field.fields.map((one) =>
      one === chosen ? { ...one, fields: [...(one.fields ?? []), ...added] } : one,
    );
    return { ...field, fields };
  });
}

/** A node with a graph in an attribute, with a node in it, and so on. */
function nested(tree: readonly TreeField[], draw: Draw): readonly TreeField[] {
  let graph = new Uint8Array(0);
  for (let depth = draw.of([1, 20, 30, 31, 32, 33, 300, 3000]); depth > 0; depth--) {
    const attribute: TreeField = { number: ATTRIBUTE, wire: 2, fields: [{ number: SUBGRAPH, wire: 2, bytes: graph }] };
    const operation: TreeField = { number: OPERATION, wire: 2, bytes: text(draw.of(['If', 'Loop', 'Identity'])) };
    graph = messageOf([{ number: NODE, wire: 2, fields: [operation, attribute] }]);
  }
  return [...tree, { number: GRAPH, wire: 2, bytes: graph }];
}
