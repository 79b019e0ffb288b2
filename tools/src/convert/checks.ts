import { InvalidModelError, type Network } from '@dilated-unet/core';
import { misplacedTransposes, type OnnxSummary } from '@dilated-unet/onnx';

/** The operator set of exported models: deepImageJ's engine, ONNX Runtime 1.13, reads no later one. */
export const OPSET = 17;

const ARITHMETIC = [
  'Conv',
  'Relu',
  'BatchNormalization',
  'MaxPool',
  'Resize',
  'DepthToSpace',
  'Concat',
  'Add',
  'Sum',
  'Sigmoid',
  'Softmax',
];
const SHAPES = [
  'Reshape',
  'Shape',
  'Slice',
  'Gather',
  'Cast',
  'Mul',
  'Squeeze',
  'Unsqueeze',
  'Constant',
  'Transpose',
  'Identity',
];
const ALLOWED: ReadonlySet<string> = new Set([...ARITHMETIC, ...SHAPES]);
const FLOAT32 = 1;

/** What a model must be beside portable. */
export interface ModelExpectations {
  /** Name of its only input: float32, axes n, y, x, channel. */
  readonly input: string;
  /** Name of its only output: float32, axes n, y, x, channel. */
  readonly output: string;
  /** Dilations of the convolutions, pixels, in any order: converters put side by side what does not depend on each other. */
  readonly dilations: readonly number[];
}

/** The dilations that `network`'s convolutions must have in the converted model. */
export function networkDilations(network: Network): readonly number[] {
  return network.layers.flatMap((layer) => {
    if (layer.kind === 'upsample-conv') return [1];
    return layer.kind === 'conv' ? [layer.dilation] : [];
  });
}

/**
 * Whether a model runs as it should wherever ONNX does: operator set 17, nothing beside the file, only operations that
 * every engine has, padding written out, no transposition between convolutions (at most one at each end), height and
 * width free, and the dilations of the network it came from.
 *
 * @throws InvalidModelError that names every rule the model breaks.
 */
export function assertPortable(model: OnnxSummary, expectations: ModelExpectations): void {
  const broken = [
    ...(model.opset === OPSET ? [] : [`operator set ${OPSET} is required, it has ${model.opset}`]),
    ...(model.hasExternalData ? ['it must be one file, some of its weights lie in another'] : []),
    ...(model.hasSubgraphs ? ['operations with graphs of their own (If, Loop, Scan) are not allowed'] : []),
    ...Object.keys(model.ops)
      .filter((op) => !ALLOWED.has(op))
      .map((op) => `operation ${op} is not allowed`),
    ...padding(model),
    ...misplacedTransposes(model.nodes),
    ...end('input', model.inputs, expectations.input),
    ...end('output', model.outputs, expectations.output),
    ...dilations(model, expectations.dilations),
  ];
  if (broken.length === 0) return;
  const list = broken.map((rule) => `  - ${rule}\n`).join('');
  throw new InvalidModelError(`The converted model is not portable:\n${list}Check the graph that was exported.`);
}

function padding({ convolutions }: OnnxSummary): string[] {
  return convolutions.flatMap(({ name, kernel, dilations: taps, pads, autoPad }) => {
    if (autoPad !== 'NOTSET') return [`convolution ${name} must write its padding out, it says auto_pad ${autoPad}`];
    // Of an even kernel, rounded up: what is too much is cut off behind it.
    const half = (axis: number) => Math.ceil((((kernel[axis] ?? 0) - 1) * (taps[axis] ?? 1)) / 2);
    if (pads.join(' ') === [half(0), half(1), half(0), half(1)].join(' ')) return [];
    return [
      `convolution ${name} must pad by half its extent on each side, it pads ${pads.join(' ')} (top left bottom right)`,
    ];
  });
}

function end(side: 'input' | 'output', values: OnnxSummary['inputs'], name: string): string[] {
  const [only] = values;
  if (values.length !== 1 || only?.name !== name) {
    return [`its only ${side} must be named ${name}, it has ${values.map((value) => value.name).join(', ') || 'none'}`];
  }
  const broken = only.elementType === FLOAT32 ? [] : [`${side} ${name} must be float32`];
  const { dims } = only;
  if (dims?.length !== 4) return [...broken, `${side} ${name} must have axes n, y, x, channel`];
  const [, y, x, channels] = dims;
  if (typeof y === 'number' || typeof x === 'number')
    broken.push(`height and width of ${side} ${name} must be free, they are ${y} and ${x}`);
  if (channels !== 1) broken.push(`${side} ${name} must have one channel, last, it has ${channels}`);
  return broken;
}

function dilations({ convolutions }: OnnxSummary, expected: readonly number[]): string[] {
  const found = convolutions.map((convolution) => [...new Set(convolution.dilations)].join('x'));
  const sorted = (values: readonly string[]): string => [...values].sort().join(' ');
  if (sorted(found) === sorted(expected.map(String))) return [];
  return [`dilations of the convolutions must be ${expected.join(' ')}, they are ${found.join(' ') || '(none)'}`];
}
