import type { ClassProbabilityLayer } from '@dilated-unet/core';
import { add, concatChannels, multiply, reduce, slice, subtract, unary } from '../arithmetic.ts';
import type { GraphBuilder, Output } from '../builder.ts';
import { NO_PARAMETERS, only, type LayerRule } from './rule.ts';

/**
 * Probability p of class k under a softmax over the channels l.
 *
 * A training graph's output is not p but its log-odds d = l_k - log(sum over j != k of exp(l_j)), for two classes the
 * difference of the logits: the loss computed from d neither saturates nor divides by p = 1 / (1 + exp(-d)). With q the
 * softmax over the channels other than k:
 *
 *     dl_k = dd        dl_j = -dd q_j  (j != k)
 *
 * l: n, y, x, class; p, d: n, y, x, 1.
 */
export const classProbability: LayerRule<ClassProbabilityLayer> = {
  inference(layer, inputs, { graph, inputChannels }) {
    const probabilities = unary(graph, 'Softmax', `${layer.name}/softmax`, only(inputs));
    return part(graph, layer.name, probabilities, layer.class, 1, only(inputChannels));
  },

  training(layer, inputs, { graph, inputChannels }) {
    const classes = only(inputChannels);
    const { logOdds, othersSoftmax } = writeLogOdds(graph, layer.name, only(inputs), layer.class, classes);
    return {
      output: logOdds,
      gradients(dLogOdds) {
        const negative = unary(graph, 'Neg', `${layer.name}/negative_gradient`, dLogOdds);
        const others =
          othersSoftmax === null
            ? negative
            : multiply(graph, `${layer.name}/others_gradient`, negative, othersSoftmax());
        const before = layer.class;
        const behind = classes - 1 - layer.class;
        const parts = [
          ...(before > 0 ? [part(graph, `${layer.name}/gradient_before`, others, 0, before, classes - 1)] : []),
          dLogOdds,
          ...(behind > 0 ? [part(graph, `${layer.name}/gradient_behind`, others, before, behind, classes - 1)] : []),
        ];
        return {
          inputs: [concatChannels(graph, `${layer.name}/input_gradient`, parts)],
          parameters: NO_PARAMETERS,
        };
      },
    };
  },
};

function writeLogOdds(
  graph: GraphBuilder,
  name: string,
  logits: Output,
  k: number,
  classes: number,
): { logOdds: Output; othersSoftmax: (() => Output) | null } {
  const own = part(graph, `${name}/own`, logits, k, 1, classes);
  const rest = [
    ...(k > 0 ? [part(graph, `${name}/before`, logits, 0, k, classes)] : []),
    ...(k < classes - 1 ? [part(graph, `${name}/behind`, logits, k + 1, classes - 1 - k, classes)] : []),
  ];
  const others = rest.length === 1 ? only(rest) : concatChannels(graph, `${name}/others`, rest);
  if (classes === 2) return { logOdds: subtract(graph, name, own, others), othersSoftmax: null };
  const greatest = reduce(graph, 'Max', `${name}/greatest`, others, [-1], true);
  const shares = unary(graph, 'Exp', `${name}/shares`, subtract(graph, `${name}/shifted`, others, greatest));
  const total = reduce(graph, 'Sum', `${name}/total`, shares, [-1], true);
  const logSumExp = add(graph, `${name}/log_sum_exp`, greatest, unary(graph, 'Log', `${name}/log_total`, total));
  return {
    logOdds: subtract(graph, name, own, logSumExp),
    othersSoftmax: () =>
      unary(graph, 'Exp', `${name}/others_softmax`, subtract(graph, `${name}/others_log`, others, logSumExp)),
  };
}

/** `count` channels of `x` from channel `from`; `x` itself where that is all of its `channels`. */
function part(graph: GraphBuilder, name: string, x: Output, from: number, count: number, channels: number): Output {
  return count === channels ? x : slice(graph, name, x, [0, 0, 0, from], [-1, -1, -1, count]);
}
