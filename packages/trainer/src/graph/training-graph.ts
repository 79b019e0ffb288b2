import { inferenceForm, networkParameters, type Network } from '@dilated-unet/core';
import { after, attribute, FLOAT, GraphBuilder, INT32, placeholder, type NodeDef, type Output } from './builder.ts';
import type { Signature, SignatureTensor } from './encoding/saved-model.ts';
import { writeInference, writeTraining } from './network.ts';
import { writeRmsProp } from './optimizer.ts';
import { rewriteGraph, type Rewrite } from './rewrites/index.ts';
import { writeBatch } from './towers.ts';
import { writeAssign, writeVariable, type Variable } from './variables.ts';

/** Behind a parameter's name, the RMSprop mean of its squared gradients; part of a checkpoint. */
const SQUARE_SLOT = 'rmsprop_square';
const VELOCITY_SLOT = 'rmsprop_velocity';
/** 2^32 divided by the golden ratio (Knuth, The Art of Computer Programming 3, 6.4). */
const SEED_SPREAD = 0x9e3779b1;

export interface TrainingGraphOptions {
  readonly batchSize: number;
  /** Side of the training windows, pixels. */
  readonly window: number;
  /** Seed of dropout. */
  readonly seed: number;
  /** Whether the `train` call also returns every gradient, as `gradient/<parameter>`; for tests. @default false */
  readonly fetchGradients?: boolean;
  /** Applied in order to the plain graph. @default none */
  readonly rewrites?: readonly Rewrite[];
  /** Whether labels below 0 stand for pixels that the loss does not count; without it, there are none. @default false */
  readonly isPartial?: boolean;
  /**
   * TensorFlow's names of the devices that share each batch, for example `/device:GPU:0`; the batch size is a multiple of how many
   * there are. One may be named twice. @default none: TensorFlow chooses one
   */
  readonly devices?: readonly string[];
  /** Side of the windows of the `calibrate` call, pixels. @default none: the graph has no such call */
  readonly calibrationWindow?: number;
}

/** A state tensor: a parameter or an optimizer slot. */
export interface StateTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface TrainingGraph {
  readonly nodes: readonly NodeDef[];
  readonly signatures: Readonly<Record<string, Signature>>;
  /** The operation that makes all variables, zero. */
  readonly initialise: string;
  /** Everything that `assign` and `read` carry and a checkpoint keeps, in order. */
  readonly state: readonly StateTensor[];
}

/**
 * Writes everything that training `network` needs as one TensorFlow graph, whose calls share their variables:
 *
 * | call | brings | fetches |
 * |---|---|---|
 * | `train` | `images`, `labels` (n, y, x, 1), `rate`, `step` (scalars) | `loss`, `dice`; changes the weights |
 * | `predict` | `images`, y and x multiples of the stride | `probability`, as the trained model gives it |
 * | `read` | `ignored` (any scalar) | the state, by name |
 * | `assign` | the state, by name | `done` |
 * | `calibrate` | `images` (1, y, x, 1), `share` (scalar) | `done`; changes the moving statistics |
 *
 * Training moves the statistics that a batch norm will use later, but under dropout, and as an average over weights that
 * still move. `calibrate` measures them with the final weights and nothing dropped: with share 1, 1/2, 1/3, ... they become
 * the mean over its calls (Izmailov et al. 2018, section 3.3; dropout's part: Li et al. 2019, "Understanding the Disharmony
 * between Dropout and Batch Normalization by Variance Shift").
 */
export function writeTrainingGraph(network: Network, options: TrainingGraphOptions): TrainingGraph {
  const {
    batchSize,
    window,
    seed,
    fetchGradients = false,
    rewrites = [],
    isPartial = false,
    devices = [],
    calibrationWindow,
  } = options;
  const graph = new GraphBuilder();
  const initialisers: string[] = [];
  const parameters = new Map<string, Variable>();
  const squares = new Map<string, Variable>();
  const velocities = new Map<string, Variable>();
  for (const { name, shape, trainable } of networkParameters(network)) {
    parameters.set(name, writeVariable(graph, name, shape, initialisers));
    if (!trainable) continue;
    squares.set(name, writeVariable(graph, `${name}/${SQUARE_SLOT}`, shape, initialisers));
    velocities.set(name, writeVariable(graph, `${name}/${VELOCITY_SLOT}`, shape, initialisers));
  }
  const variable = (name: string): Variable => parameters.get(name) as Variable;
  const value = (name: string): Output => variable(name).value;
  const state = [...parameters.values(), ...squares.values()];

  const train = ((): Signature => {
    const shape = [batchSize, window, window, 1] as const;
    const images = placeholder(graph, 'train/images', shape);
    const labels = placeholder(graph, 'train/labels', shape);
    const rate = placeholder(graph, 'train/rate', []);
    const step = placeholder(graph, 'train/step', [], INT32);
    // Layer k adds k to the first number: spreading the seeds keeps the keys of one run from being those of another.
    const spread = graph.ints(Math.imul(seed, SEED_SPREAD));
    const key = graph.add('Pack', 'train/key', [spread, step], {
      T: INT32,
      N: attribute.int(2),
      axis: attribute.int(0),
    });
    const { loss, dice, gradients, updates } = writeBatch(graph, network, {
      images,
      labels,
      shape,
      parameter: value,
      randomKey: key,
      isPartial,
      devices,
    });
    const changes = [...gradients].map(([name, gradient]) =>
      writeRmsProp(
        graph,
        variable(name),
        squares.get(name) as Variable,
        velocities.get(name) as Variable,
        gradient,
        rate,
      ),
    );
    for (const [name, updated] of updates) {
      changes.push(writeAssign(graph, `${name}/assign`, variable(name).handle, updated));
    }
    const done = changes.map(after);
    const fetched = (name: string, tensor: Output): Output =>
      graph.add('Identity', name, [tensor, ...done], { T: FLOAT });
    const outputs: Record<string, SignatureTensor> = {
      loss: float(fetched('train/fetched_loss', loss), []),
      dice: float(fetched('train/fetched_dice', dice), []),
    };
    if (fetchGradients) {
      for (const [name, gradient] of gradients) outputs[`gradient/${name}`] = float(gradient, variable(name).shape);
    }
    return {
      inputs: {
        images: float(images, shape),
        labels: float(labels, shape),
        rate: float(rate, []),
        step: { tensor: step, dtype: 'DT_INT32', shape: [] },
      },
      outputs,
    };
  })();

  const free = [-1, -1, -1, 1];
  const images = placeholder(graph, 'predict/images', free);
  const probability = writeInference(graph, inferenceForm(network), images, value);

  const assign: Record<string, SignatureTensor> = {};
  const assigned = state.map(({ name, shape, handle }) => {
    const given = placeholder(graph, `${name}/given`, shape);
    assign[name] = float(given, shape);
    // A fed tensor may be JavaScript's own memory, which only JavaScript's thread may give back: a variable would keep it
    // until an operation on another thread changes it.
    const copy = graph.add('Snapshot', `${name}/copy_of_given`, [given], { T: FLOAT });
    return after(writeAssign(graph, `${name}/assign_given`, handle, copy));
  });
  const done = graph.add('Identity', 'assign/done', [graph.scalar(1), ...assigned], { T: FLOAT });
  const calibrate =
    calibrationWindow === undefined ? undefined : writeCalibration(graph, network, calibrationWindow, variable);
  // A call must bring at least one tensor.
  const ignored = placeholder(graph, 'read/ignored', []);
  const initialise = graph.add('NoOp', 'initialise', initialisers);

  return {
    nodes: rewriteGraph(graph, rewrites).nodes,
    signatures: {
      train,
      predict: { inputs: { images: float(images, free) }, outputs: { probability: float(probability, free) } },
      read: {
        inputs: { ignored: float(ignored, []) },
        outputs: Object.fromEntries(state.map((entry) => [entry.name, float(entry.value, entry.shape)])),
      },
      assign: { inputs: assign, outputs: { done: float(done, []) } },
      ...(calibrate === undefined ? {} : { calibrate }),
    },
    initialise,
    state: state.map(({ name, shape }) => ({ name, shape })),
  };
}

function writeCalibration(
  graph: GraphBuilder,
  network: Network,
  window: number,
  variable: (name: string) => Variable,
): Signature {
  const shape = [1, window, window, 1];
  const images = placeholder(graph, 'calibrate/images', shape);
  const share = placeholder(graph, 'calibrate/share', []);
  const { updates } = writeTraining(graph, network, {
    image: images,
    batchSize: 1,
    height: window,
    width: window,
    parameter: (name) => variable(name).value,
    randomKey: graph.ints([0, 0]),
    calibrationShare: share,
  });
  const changes = [...updates].map(([name, updated]) =>
    after(writeAssign(graph, `${name}/calibrate`, variable(name).handle, updated)),
  );
  const done = graph.add('Identity', 'calibrate/done', [graph.scalar(1), ...changes], { T: FLOAT });
  return {
    inputs: { images: float(images, shape), share: float(share, []) },
    outputs: { done: float(done, []) },
  };
}

function float(tensor: Output, shape: readonly number[]): SignatureTensor {
  return { tensor, dtype: 'DT_FLOAT', shape };
}
