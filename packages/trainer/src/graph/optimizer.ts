import { attribute, FLOAT, type GraphBuilder, type Output } from './builder.ts';
import type { Variable } from './variables.ts';

/** Keras 3's defaults, which the original uses. */
const DECAY = 0.9;
const MOMENTUM = 0;
const EPSILON = 1e-7;

/**
 * One step of RMSprop (Tieleman & Hinton 2012) as Keras 3 has it: epsilon stands inside the root.
 *
 *     s = 0.9 s + 0.1 g^2        w = w - rate g / sqrt(s + 1e-7)
 *
 * @param square s, of the weight's shape. @param velocity scratch of the weight's shape: with momentum 0 its old value
 * has no effect, but TensorFlow's operation wants it.
 * @returns the operation, for use as a control input.
 */
export function writeRmsProp(
  graph: GraphBuilder,
  weight: Variable,
  square: Variable,
  velocity: Variable,
  gradient: Output,
  rate: Output,
): Output {
  return graph.add(
    'ResourceApplyRMSProp',
    `${weight.name}/rmsprop`,
    [
      weight.handle,
      square.handle,
      velocity.handle,
      rate,
      graph.scalar(DECAY),
      graph.scalar(MOMENTUM),
      graph.scalar(EPSILON),
      gradient,
    ],
    { T: FLOAT, use_locking: attribute.bool(false) },
  );
}
