import { add, divide, multiply, reduce, subtract, unary } from './arithmetic.ts';
import { attribute, FLOAT, INT32, type GraphBuilder, type Output } from './builder.ts';

/** Name of the loss in a training graph, and of the node that is its gradient by the log-odds: where the backward pass begins. */
export const LOSS = 'train/loss';
export const LOSS_GRADIENT = `${LOSS}/gradient`;

const ALL_AXES = [0, 1, 2, 3];
/** Keeps the soft Dice of empty images defined. Source: the original. */
const SMOOTH = 1;

export interface LossOptions {
  /**
   * Whether labels below 0 stand for pixels that do not count: in no sum, and with a gradient of 0. Without it, the graph has
   * nothing of this. @default false
   */
  readonly isPartial?: boolean;
}

export interface Loss {
  /** Scalar: binary cross-entropy, mean over the pixels that count, + 1 - soft Dice. */
  readonly loss: Output;
  /** Scalar: soft Dice of the interior class over the whole batch. */
  readonly dice: Output;
  /** Probability of interior, shape of the labels. */
  readonly probability: Output;
  /** Writes the gradient of the loss by the log-odds. */
  readonly gradient: () => Output;
}

/**
 * The original's loss from the log-odds d of the interior class and labels t (1 interior, 0 membrane), both n, y, x, 1:
 *
 *     p = sigmoid(d)
 *     cross-entropy = mean over the m pixels of  softplus(d) - t d
 *     Dice = (2 sum t p + 1) / (sum t + sum p + 1)        (Milletari et al. 2016, smooth 1)
 *     loss = cross-entropy + 1 - Dice
 *
 *     d loss / dd = (p - t) / m - p (1 - p) (2 t - Dice) / (sum t + sum p + 1)
 *
 * Keras takes the cross-entropy from p, clipped to 1e-7 ... 1 - 1e-7; from the log-odds it needs no clipping.
 *
 * Of partial labels, m is the number of pixels that count, and each sum is over them. A batch in which none does has a loss of 0,
 * a Dice of 1 and no gradient.
 */
export function writeLoss(
  graph: GraphBuilder,
  name: string,
  logOdds: Output,
  given: Output,
  { isPartial = false }: LossOptions = {},
): Loss {
  const named = (part: string): string => `${name}/${part}`;
  const partial = isPartial ? writePartial(graph, named, given) : null;
  const labels = partial?.labels ?? given;
  /** `x` where pixels count, 0 elsewhere. */
  const counted = (part: string, x: Output): Output =>
    partial === null ? x : multiply(graph, named(part), x, partial.counted);
  const meanOverPixels = (part: string, x: Output): Output =>
    partial === null
      ? reduce(graph, 'Mean', named(part), x, ALL_AXES)
      : divide(
          graph,
          named(part),
          reduce(graph, 'Sum', named(`${part}_sum`), counted(`counted_${part}`, x), ALL_AXES),
          partial.count,
        );
  const probability = unary(graph, 'Sigmoid', named('probability'), logOdds);
  const crossEntropy = meanOverPixels(
    'cross_entropy',
    subtract(
      graph,
      named('pixel_cross_entropy'),
      unary(graph, 'Softplus', named('softplus'), logOdds),
      multiply(graph, named('label_log_odds'), labels, logOdds),
    ),
  );
  const overlap = reduce(
    graph,
    'Sum',
    named('overlap'),
    multiply(graph, named('product'), labels, probability),
    ALL_AXES,
  );
  const areas = add(
    graph,
    named('areas'),
    reduce(graph, 'Sum', named('label_area'), labels, ALL_AXES),
    reduce(graph, 'Sum', named('probability_area'), counted('counted_probability', probability), ALL_AXES),
  );
  const denominator = add(graph, named('denominator'), areas, graph.scalar(SMOOTH));
  const numerator = add(
    graph,
    named('numerator'),
    multiply(graph, named('twice_overlap'), overlap, graph.scalar(2)),
    graph.scalar(SMOOTH),
  );
  const dice = divide(graph, named('dice'), numerator, denominator);
  const loss = add(graph, named('loss'), crossEntropy, subtract(graph, named('dice_loss'), graph.scalar(1), dice));
  return {
    loss,
    dice,
    probability,
    gradient() {
      const count = partial?.count ?? writePixelCount(graph, named, labels);
      const byCrossEntropy = divide(
        graph,
        named('cross_entropy_gradient'),
        counted('counted_residual', subtract(graph, named('residual'), probability, labels)),
        count,
      );
      const slope = counted(
        'counted_slope',
        multiply(
          graph,
          named('sigmoid_slope'),
          probability,
          subtract(graph, named('complement'), graph.scalar(1), probability),
        ),
      );
      const byProbability = divide(
        graph,
        named('dice_gradient'),
        subtract(graph, named('pull'), multiply(graph, named('twice_labels'), labels, graph.scalar(2)), dice),
        denominator,
      );
      return subtract(
        graph,
        named('gradient'),
        byCrossEntropy,
        multiply(graph, named('dice_log_odds_gradient'), slope, byProbability),
      );
    },
  };
}

/** How many pixels `labels` has, float32. */
function writePixelCount(graph: GraphBuilder, named: (part: string) => string, labels: Output): Output {
  const pixels = graph.add('Size', named('pixels'), [labels], { T: FLOAT, out_type: INT32 });
  return graph.add('Cast', named('pixel_count'), [pixels], { SrcT: INT32, DstT: attribute.type('DT_FLOAT') });
}

/** What partial labels say: 0 ... 1 at pixels that count, -1 at others. */
interface PartialLabels {
  /** As they are where pixels count, 0 elsewhere. */
  readonly labels: Output;
  /** 1 where pixels count, 0 elsewhere. */
  readonly counted: Output;
  /** Scalar: how many count, at least 1. */
  readonly count: Output;
}

function writePartial(graph: GraphBuilder, named: (part: string) => string, given: Output): PartialLabels {
  const bounded = (op: 'Maximum' | 'Minimum', part: string, x: Output, bound: number): Output =>
    graph.add(op, named(part), [x, graph.scalar(bound)], { T: FLOAT });
  const counted = add(graph, named('counted'), bounded('Minimum', 'ignored', given, 0), graph.scalar(1));
  return {
    labels: bounded('Maximum', 'counted_labels', given, 0),
    counted,
    count: bounded('Maximum', 'counted_pixels', reduce(graph, 'Sum', named('counted_area'), counted, ALL_AXES), 1),
  };
}
