import { add, divide, multiply, reduce, subtract, unary } from './arithmetic.ts';
import { attribute, FLOAT, INT32, type GraphBuilder, type Output } from './builder.ts';

/** Name of the loss in a training graph, and of the node that is its gradient by the log-odds: where the backward pass begins. */
export const LOSS = 'train/loss';
export const LOSS_GRADIENT = `${LOSS}/gradient`;

const ALL_AXES = [0, 1, 2, 3];
/** Keeps the soft Dice of empty images defined. Source: the original. */
const SMOOTH = 1;

export interface Loss {
  /** Scalar: binary cross-entropy, mean over pixels, + 1 - soft Dice. */
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
 */
export function writeLoss(graph: GraphBuilder, name: string, logOdds: Output, labels: Output): Loss {
  const named = (part: string): string => `${name}/${part}`;
  const probability = unary(graph, 'Sigmoid', named('probability'), logOdds);
  const crossEntropy = reduce(
    graph,
    'Mean',
    named('cross_entropy'),
    subtract(
      graph,
      named('pixel_cross_entropy'),
      unary(graph, 'Softplus', named('softplus'), logOdds),
      multiply(graph, named('label_log_odds'), labels, logOdds),
    ),
    ALL_AXES,
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
    reduce(graph, 'Sum', named('probability_area'), probability, ALL_AXES),
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
      const pixels = graph.add('Size', named('pixels'), [labels], { T: FLOAT, out_type: INT32 });
      const count = graph.add('Cast', named('pixel_count'), [pixels], {
        SrcT: INT32,
        DstT: attribute.type('DT_FLOAT'),
      });
      const byCrossEntropy = divide(
        graph,
        named('cross_entropy_gradient'),
        subtract(graph, named('residual'), probability, labels),
        count,
      );
      const slope = multiply(
        graph,
        named('sigmoid_slope'),
        probability,
        subtract(graph, named('complement'), graph.scalar(1), probability),
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
