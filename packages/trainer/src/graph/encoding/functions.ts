import { isDeepStrictEqual } from 'node:util';
import { argument, nodeOf, type Attribute, type FunctionDef, type NodeDef, type Output } from '../builder.ts';

/** Name of the only output of the operations that functions are made of, as TensorFlow's operation definitions have it. */
const OUTPUT_OF: Readonly<Record<string, string>> = {
  AddV2: 'z',
  BiasAdd: 'output',
  Bitcast: 'output',
  BitwiseOr: 'z',
  BitwiseXor: 'z',
  Cast: 'y',
  Complex: 'out',
  ConcatV2: 'output',
  Const: 'output',
  GreaterEqual: 'z',
  LeftShift: 'z',
  Mul: 'z',
  Neg: 'y',
  Pack: 'output',
  Pad: 'output',
  Range: 'output',
  Relu: 'activations',
  ReluGrad: 'backprops',
  Reshape: 'output',
  RightShift: 'z',
  Slice: 'output',
  StridedSlice: 'output',
  Sub: 'z',
};

/**
 * `nodes` in the form of TensorFlow's GraphDef message: functions that they call stand in its library, once each.
 *
 * @throws RangeError where a function contains an operation whose output it does not know to name, or where two
 * different functions have one name.
 */
export function graphWithFunctions(nodes: readonly NodeDef[]): Record<string, unknown> {
  const library = new Map<string, FunctionDef>();
  const named = (attribute: Attribute): unknown => {
    if (!('function' in attribute)) return attribute;
    const { name } = attribute.function;
    const known = library.get(name) ?? attribute.function;
    if (known !== attribute.function && !isDeepStrictEqual(known, attribute.function)) {
      throw new RangeError(`Two functions are called ${name}: give each a name of its own.`);
    }
    library.set(name, attribute.function);
    return { func: { name } };
  };
  const node = nodes.map((one) => ({
    ...one,
    attr: Object.fromEntries(Object.entries(one.attr).map(([key, value]) => [key, named(value)])),
  }));
  return { node, library: { function: [...library.values()].map(functionMessage) } };
}

function functionMessage({ name, inputs, nodes, outputs }: FunctionDef): Record<string, unknown> {
  const made = new Map(nodes.map((node) => [node.name, node]));
  // Within a function a tensor is node:output:number.
  const tensor = (output: Output): string => {
    const node = made.get(nodeOf(output));
    if (node === undefined) return output;
    const port = OUTPUT_OF[node.op];
    if (port === undefined) throw new RangeError(`The output of ${node.op} has no known name within a function.`);
    return `${node.name}:${port}:0`;
  };
  return {
    signature: {
      name,
      inputArg: inputs.map((type, k) => ({ name: argument(k), type })),
      outputArg: outputs.map(({ type }, k) => ({ name: `result${k}`, type })),
    },
    nodeDef: nodes.map((node) => ({ ...node, input: node.input.map(tensor) })),
    ret: Object.fromEntries(outputs.map((output, k) => [`result${k}`, tensor(output.tensor)])),
    attr: { _noinline: { b: true }, _XlaMustCompile: { b: true } },
  };
}
