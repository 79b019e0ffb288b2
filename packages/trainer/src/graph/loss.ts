import { add, divide, mean, multiply, reduce, subtract, sum, unary } from './arithmetic.ts';
import { attribute, FLOAT, INT32, type GraphBuilder, type Output, type Scope } from './builder.ts';

/** Name of the loss in a training graph. */
export const LOSS = 'train/loss';

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

/** Windows of a batch of which a network has said what they show. */
export interface LossPart {
  /** Where what is about these windows alone is computed. @default where the rest is */
  readonly scope?: Scope;
  /** n, y, x, 1. */
  readonly logOdds: Output;
  /** Of the same shape. */
  readonly labels: Output;
}

export interface Loss {
  /** Scalar: binary cross-entropy, mean over the pixels that count, + 1 - soft Dice. */
  readonly loss: Output;
  /** Scalar: soft Dice of the interior class over the whole batch. */
  readonly dice: Output;
  /** Probability of interior, shape of the labels, by part. */
  readonly probabilities: readonly Output[];
  /** Writes the gradients of the loss by the log-odds, by part. */
  readonly gradients: () => readonly Output[];
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
 *
 * @param parts of the batch, of one size each. The sums are over all of them, from the first to the last, so the loss is that of
 * the batch in one piece.
 */
export function writeLoss(
  graph: GraphBuilder,
  name: string,
  parts: readonly LossPart[],
  { isPartial = false }: LossOptions = {},
): Loss {
  const named = (part: string): string => `${name}/${part}`;
  const batch = new Batch(graph, parts);
  const partial = isPartial ? writePartial(graph, named, batch) : null;
  const labels = partial?.labels ?? parts.map((part) => part.labels);
  /** `x` where pixels count, 0 elsewhere. */
  const counted = (part: string, x: Output, k: number): Output =>
    partial === null ? x : multiply(graph, named(part), x, partial.counted[k] as Output);
  const sumOverPixels = (part: string, of: (k: number) => Output): Output =>
    batch.sum(named(part), (k) => reduce(graph, 'Sum', named(part), of(k), ALL_AXES));
  const meanOverPixels = (part: string, of: (k: number) => Output): Output =>
    partial === null
      ? mean(
          graph,
          named(part),
          batch.each((_, k) => reduce(graph, 'Mean', named(part), of(k), ALL_AXES)),
        )
      : divide(
          graph,
          named(part),
          sumOverPixels(`${part}_sum`, (k) => counted(`counted_${part}`, of(k), k)),
          partial.count,
        );
  const label = (k: number): Output => labels[k] as Output;
  const logOdds = (k: number): Output => (parts[k] as LossPart).logOdds;
  const probabilities = batch.each(({ logOdds }) => unary(graph, 'Sigmoid', named('probability'), logOdds));
  const probability = (k: number): Output => probabilities[k] as Output;
  const crossEntropy = meanOverPixels('cross_entropy', (k) =>
    subtract(
      graph,
      named('pixel_cross_entropy'),
      unary(graph, 'Softplus', named('softplus'), logOdds(k)),
      multiply(graph, named('label_log_odds'), label(k), logOdds(k)),
    ),
  );
  const overlap = sumOverPixels('overlap', (k) => multiply(graph, named('product'), label(k), probability(k)));
  const areas = add(
    graph,
    named('areas'),
    sumOverPixels('label_area', label),
    sumOverPixels('probability_area', (k) => counted('counted_probability', probability(k), k)),
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
    probabilities,
    gradients() {
      const count = partial?.count ?? batch.sum(named('pixel_count'), (k) => writePixelCount(graph, named, label(k)));
      return batch.each((_, k) => {
        const byCrossEntropy = divide(
          graph,
          named('cross_entropy_gradient'),
          counted('counted_residual', subtract(graph, named('residual'), probability(k), label(k)), k),
          count,
        );
        const slope = counted(
          'counted_slope',
          multiply(
            graph,
            named('sigmoid_slope'),
            probability(k),
            subtract(graph, named('complement'), graph.scalar(1), probability(k)),
          ),
          k,
        );
        const byProbability = divide(
          graph,
          named('dice_gradient'),
          subtract(graph, named('pull'), multiply(graph, named('twice_labels'), label(k), graph.scalar(2)), dice),
          denominator,
        );
        return subtract(
          graph,
          named('gradient'),
          byCrossEntropy,
          multiply(graph, named('dice_log_odds_gradient'), slope, byProbability),
        );
      });
    },
  };
}

/** A batch in parts. */
class Batch {
  readonly #graph: GraphBuilder;
  readonly #parts: readonly LossPart[];

  constructor(graph: GraphBuilder, parts: readonly LossPart[]) {
    this.#graph = graph;
    this.#parts = parts;
  }

  /** What `write` makes of each part, in the scope of that part. */
  each<T>(write: (part: LossPart, k: number) => T): readonly T[] {
    return this.#parts.map((part, k) => this.#graph.within(part.scope ?? {}, () => write(part, k)));
  }

  /** The sum of that, of scalars. */
  sum(name: string, write: (k: number) => Output): Output {
    return sum(
      this.#graph,
      name,
      this.each((_, k) => write(k)),
    );
  }
}

/** How many pixels `labels` has, float32. */
function writePixelCount(graph: GraphBuilder, named: (part: string) => string, labels: Output): Output {
  const pixels = graph.add('Size', named('pixels'), [labels], { T: FLOAT, out_type: INT32 });
  return graph.add('Cast', named('pixel_count'), [pixels], { SrcT: INT32, DstT: attribute.type('DT_FLOAT') });
}

/** What partial labels say: 0 ... 1 at pixels that count, -1 at others. */
interface PartialLabels {
  /** As they are where pixels count, 0 elsewhere; by part. */
  readonly labels: readonly Output[];
  /** 1 where pixels count, 0 elsewhere; by part. */
  readonly counted: readonly Output[];
  /** Scalar: how many count in the batch, at least 1. */
  readonly count: Output;
}

function writePartial(graph: GraphBuilder, named: (part: string) => string, batch: Batch): PartialLabels {
  const bounded = (op: 'Maximum' | 'Minimum', part: string, x: Output, bound: number): Output =>
    graph.add(op, named(part), [x, graph.scalar(bound)], { T: FLOAT });
  const parts = batch.each(({ labels: given }) => {
    const counted = add(graph, named('counted'), bounded('Minimum', 'ignored', given, 0), graph.scalar(1));
    return {
      counted,
      labels: bounded('Maximum', 'counted_labels', given, 0),
      area: reduce(graph, 'Sum', named('counted_area'), counted, ALL_AXES),
    };
  });
  const areas = parts.map(({ area }) => area);
  return {
    labels: parts.map(({ labels }) => labels),
    counted: parts.map(({ counted }) => counted),
    count: bounded('Maximum', 'counted_pixels', sum(graph, named('counted_area'), areas), 1),
  };
}
