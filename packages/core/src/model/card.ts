import { describeValue, InvalidModelError } from '../errors.ts';
import type { GreyRange } from '../image/grey-range.ts';
import type { Normalisation } from '../image/normalisation.ts';
import type { InputPort, Port } from '../network/split.ts';
import type { PixelSides } from './pixel-size.ts';
import { stageReach } from './stage-reach.ts';

/**
 * What a runtime must know of a model beside its graph. It travels inside the ONNX file (see onnx-metadata.ts), so that
 * one file is a whole model.
 */
export interface ModelCard {
  /** Version of this format: 3 has `normalise`, which programs that know only 2 would not heed. */
  readonly format: 2 | 3;
  /** Name of the network, for example `unet`. */
  readonly name: string;
  /** Name of the graph's input: float32, axes n, y, x, channel; n = 1 or more, one channel of z-scores. */
  readonly input: string;
  /** Name of the graph's output: float32, axes n, y, x, channel; one channel, probability of cell interior. */
  readonly output: string;
  /** Height and width of the input must be multiples of this, pixels (8: three poolings). */
  readonly stride: number;
  /** How far an output pixel sees, pixels in each direction, exactly. */
  readonly receptiveFieldRadius: number;
  /** Bytes of the largest tensor between two layers per image pixel, float32: what one storage buffer must hold. */
  readonly largestActivationBytes: number;
  /** From raw grey values to the graph's input: mean and standard deviation of the training sections. */
  readonly normalisation: Normalisation;
  /**
   * Set where the training took them from each section itself, or from each of several stacks: then so does whoever uses the
   * model. The `normalisation` is then that of all sections together.
   */
  readonly normalise?: OwnNormalisation;
  /** What grey values the training saw; absent from cards that were written before it was recorded. */
  readonly greyValues?: TrainedGreyValues;
  /** Pixels of the training sections; absent where nothing said them, and from cards that were written before it was recorded. */
  readonly pixelSize?: PixelSides;
  /** The parts in which the model can also be run, in order (see `splitAt`); absent where it is one graph. */
  readonly stages?: readonly ModelStage[];
  /** Others that give the same, of which maps take more memory and less is computed again; see `networkStages`. */
  readonly stagesKeepingSkip?: readonly ModelStage[];
}

/** What images are normalised by where it is not the training: the mean and deviation of each section, or of each stack. */
export type OwnNormalisation = 'section' | 'stack';

/** Lowest and highest value. */
export type Span = readonly [lowest: number, highest: number];

/** The grey values that a model was trained on: by them images of another kind are recognised (see fit-grey-values.ts). */
export interface TrainedGreyValues {
  /** Black and white of the training sections, raw grey values: 0 and 255 of 8 bits. */
  readonly range: GreyRange;
  /** Means of what was trained on, augmentation included: distance to that of the card in its standard deviations. */
  readonly shift: Span;
  /** Standard deviations of the same, in those of the card. */
  readonly contrast: Span;
  /** Whether thin lines are dark (1) or bright (-1), see `GreyStatistics`; null where the sections do not say. */
  readonly lineBalance: number | null;
}

/** One part of a model that runs in parts: it reads what earlier ones give, the first the image. */
export interface ModelStage {
  readonly name: string;
  readonly inputs: readonly InputPort[];
  readonly outputs: readonly Port[];
  /** As that of the whole model. */
  readonly largestActivationBytes: number;
  /** Its arithmetic over that of the whole model; together more than 1 where a stage computes again what another has. */
  readonly share: number;
}

/** The stage of this name. @throws InvalidModelError when the card has none. */
export function stageNamed(
  { stages = [], stagesKeepingSkip = [] }: Pick<ModelCard, 'stages' | 'stagesKeepingSkip'>,
  name: string,
): ModelStage {
  const stage = [...stages, ...stagesKeepingSkip].find((one) => one.name === name);
  if (stage === undefined) throw new InvalidModelError(`The model's card has no stage ${name}.`);
  return stage;
}

/**
 * What cards of format 1, which lack the figure, are taken to have: the widest tensor of the networks that were
 * exported then, 44 + 22 channels of float32 padded to 80.
 */
const FORMAT_1_ACTIVATION_BYTES = 80 * 4;

/** Pixels: the largest side of a package's test, which the stride divides. */
const LARGEST_STRIDE = 2 ** 11;
/** Pixels; the networks of `VARIANTS` see 553 at most. */
const LARGEST_RADIUS = 2 ** 14;

/**
 * `value` as a model card; one of format 1 is brought to format 2.
 *
 * @throws InvalidModelError naming the first field that is missing or wrong.
 */
export function parseModelCard(value: unknown): ModelCard {
  if (value === null || typeof value !== 'object') throw new InvalidModelError('The model card is not an object.');
  const card = value as Record<string, unknown>;
  if (card['format'] !== 1 && card['format'] !== 2 && card['format'] !== 3) {
    throw new InvalidModelError(
      `The model card has format ${describeValue(card['format'])}; this version reads formats 1 to 3. ` +
        'Use the version of dilated-unet that exported the model, or export it again.',
    );
  }
  const normalisation = card['normalisation'] as Record<string, unknown> | null | undefined;
  const stride = number(card['stride'], 'stride', isCount, LARGEST_STRIDE);
  const receptiveFieldRadius = number(card['receptiveFieldRadius'], 'receptiveFieldRadius', isLength, LARGEST_RADIUS);
  return {
    format: card['format'] === 3 ? 3 : 2,
    name: text(card['name'], 'name'),
    input: text(card['input'], 'input'),
    output: text(card['output'], 'output'),
    stride,
    receptiveFieldRadius,
    largestActivationBytes:
      card['format'] === 1
        ? FORMAT_1_ACTIVATION_BYTES
        : number(card['largestActivationBytes'], 'largestActivationBytes', isPositive),
    normalisation: {
      mean: number(normalisation?.['mean'], 'normalisation.mean', Number.isFinite),
      std: number(normalisation?.['std'], 'normalisation.std', isPositive),
    },
    ...(card['format'] === 3 && { normalise: ownNormalisation(card['normalise']) }),
    ...(card['greyValues'] !== undefined && { greyValues: greyValues(card['greyValues']) }),
    ...(card['pixelSize'] !== undefined && { pixelSize: pixelSides(card['pixelSize']) }),
    ...stageLists(card, { stride, receptiveFieldRadius }),
  };
}

function pixelSides(value: unknown): PixelSides {
  const sides = value as Record<string, unknown> | null;
  return {
    y: number(sides?.['y'], 'pixelSize.y', isPositive),
    x: number(sides?.['x'], 'pixelSize.x', isPositive),
  };
}

function stageLists(
  card: Record<string, unknown>,
  { stride, receptiveFieldRadius }: Pick<ModelCard, 'stride' | 'receptiveFieldRadius'>,
): Pick<ModelCard, 'stages' | 'stagesKeepingSkip'> {
  const names = ['stages', 'stagesKeepingSkip'] as const;
  const given = names.filter((name) => card[name] !== undefined);
  const lists = given.map((name) => [name, list(card[name], name, stage)] as const);
  // Of a region on multiples of the stride, the pixel that sees farthest may lie up to a stride within.
  const least = receptiveFieldRadius - (stride - 1);
  for (const [name, stages] of lists) {
    const reach = stageReach(stages);
    if (reach >= least) continue;
    throw new InvalidModelError(
      `The model card's ${name} read too little beyond their regions: ${reach} pixels of the image in all, where a ` +
        `receptiveFieldRadius of ${receptiveFieldRadius} takes ${least} at least. Export the model again.`,
    );
  }
  return Object.fromEntries(lists);
}

function ownNormalisation(value: unknown): OwnNormalisation {
  if (value === 'section' || value === 'stack') return value;
  throw new InvalidModelError(`The model card's normalise must be section or stack; received ${describeValue(value)}.`);
}

function greyValues(value: unknown): TrainedGreyValues {
  const fields = value as Record<string, unknown> | null;
  const lineBalance = fields?.['lineBalance'] ?? null;
  return {
    range: span(fields?.['range'], 'greyValues.range', (low, high) => low < high),
    shift: span(fields?.['shift'], 'greyValues.shift', (low, high) => low <= high),
    contrast: span(fields?.['contrast'], 'greyValues.contrast', (low, high) => low > 0 && low <= high),
    lineBalance: lineBalance === null ? null : number(lineBalance, 'greyValues.lineBalance', isBalance),
  };
}

function span(value: unknown, field: string, rule: (low: number, high: number) => boolean): Span {
  if (Array.isArray(value) && value.length === 2 && value.every(Number.isFinite)) {
    const [low, high] = value as [number, number];
    if (rule(low, high)) return [low, high];
  }
  throw new InvalidModelError(
    `The model card's ${field} must be two numbers, the lower one first; received ${describeValue(value)}.`,
  );
}

function stage(value: Record<string, unknown>, field: string): ModelStage {
  return {
    name: text(value['name'], `${field}.name`),
    inputs: list(value['inputs'], `${field}.inputs`, (input, at) => ({
      ...port(input, at),
      halo: number(input['halo'], `${at}.halo`, isLength, LARGEST_RADIUS),
    })),
    outputs: list(value['outputs'], `${field}.outputs`, port),
    largestActivationBytes: number(value['largestActivationBytes'], `${field}.largestActivationBytes`, isPositive),
    share: number(value['share'], `${field}.share`, isPositive),
  };
}

function port(value: Record<string, unknown>, field: string): Port {
  return {
    name: text(value['name'], `${field}.name`),
    channels: number(value['channels'], `${field}.channels`, isCount),
    scale: number(value['scale'], `${field}.scale`, isPositive),
  };
}

/** At least one object. */
function list<T>(value: unknown, field: string, item: (value: Record<string, unknown>, field: string) => T): T[] {
  if (!Array.isArray(value) || value.length === 0 || value.some((one) => one === null || typeof one !== 'object')) {
    throw new InvalidModelError(
      `The model card's ${field} must be a list of objects; received ${describeValue(value)}.`,
    );
  }
  return value.map((one, i) => item(one as Record<string, unknown>, `${field}[${i}]`));
}

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1;
const isLength = (value: number): boolean => Number.isInteger(value) && value >= 0;
const isBalance = (value: number): boolean => value >= -1 && value <= 1;
const isPositive = (value: number): boolean => Number.isFinite(value) && value > 0;

function text(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new InvalidModelError(`The model card's ${field} must be a text; received ${describeValue(value)}.`);
}

function number(value: unknown, field: string, rule: (value: number) => boolean, most = Infinity): number {
  if (typeof value === 'number' && rule(value) && value <= most) return value;
  const received = describeValue(value);
  const range = most === Infinity ? '' : ` (${most} at most)`;
  throw new InvalidModelError(`The model card's ${field} is missing or out of range${range}; received ${received}.`);
}
