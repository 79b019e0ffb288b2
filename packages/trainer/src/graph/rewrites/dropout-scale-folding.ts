import { multiply } from '../arithmetic.ts';
import { FLOAT, nodeOf, type NodeDef, type Output } from '../builder.ts';
import { scaledMask } from './dropout-pattern.ts';
import { replaceNodes, type Graph, type Rewrite, type RewriteContext } from './rewrite.ts';

/**
 * Inverted dropout multiplies what it keeps by s = 1 / (1 - rate). Where a batch norm stands before it (with nothing
 * between but other dropouts and max-poolings, which a positive factor passes through), its gamma and beta take the factor:
 *
 *     s m (gamma z + beta) = m ((s gamma) z + (s beta))          dgamma = s d(s gamma), dbeta = s d(s beta)
 *
 * c numbers are multiplied instead of n y x c, forward and backward.
 */
export const dropoutScaleFolding: Rewrite = {
  name: 'dropout-scale-folding',
  does: '1 / (1 - rate) multiplies gamma and beta instead of every value',
  needs: [],
  when: () => true,
  apply(old) {
    const plan = planOf(old);
    return replaceNodes(old, (node, context) => {
      const { graph } = context;
      const factor = plan.factors.get(plan.normOf.get(node.name) ?? '');
      const scaled = (name: string, value: Output): Output =>
        multiply(graph, name, value, graph.scalar(factor as number));
      if (node.op === 'FusedBatchNormV3' && factor !== undefined) {
        const [x, gamma, beta, ...rest] = node.input as [string, string, string, ...string[]];
        const inputs = [
          x,
          scaled(`${node.name}/scaled_gamma`, gamma),
          scaled(`${node.name}/scaled_beta`, beta),
          ...rest,
        ];
        graph.replace(node, node.op, inputs, node.attr);
        return true;
      }
      if (node.op === 'FusedBatchNormGradV3' && factor !== undefined) {
        const [dy, x, , ...rest] = node.input as [string, string, string, ...string[]];
        graph.replace(node, node.op, [dy, x, `${plan.normOf.get(node.name)}/scaled_gamma`, ...rest], node.attr);
        return true;
      }
      if (node.op === 'Identity' && factor !== undefined) {
        graph.replace(node, 'Mul', [node.input[0] as string, graph.scalar(factor)], { T: FLOAT });
        return true;
      }
      if (plan.folded.has(node.name)) return true;
      const mask = node.op === 'Mul' ? scaledMask(context.producer(node.input[1] as string), context) : undefined;
      if (mask !== undefined && plan.folded.has(mask.name)) {
        graph.replace(node, 'Mul', [node.input[0] as string, mask.kept], node.attr);
        return true;
      }
      return false;
    });
  },
};

interface Plan {
  /** Product of the scales that a batch norm takes, by the norm's name. */
  readonly factors: ReadonlyMap<string, number>;
  /** Names of the scaled masks that become unscaled ones. */
  readonly folded: ReadonlySet<string>;
  /** The norm to which a node belongs: itself, its gradient, or what hands on a gradient by gamma or beta. */
  readonly normOf: ReadonlyMap<string, string>;
}

function planOf(old: Graph): Plan {
  const factors = new Map<string, number>();
  const folded = new Set<string>();
  const normOf = new Map<string, string>();
  replaceNodes(old, (node, context) => {
    if (node.op === 'Mul') {
      const mask = scaledMask(context.producer(node.input[1] as string), context);
      const norm = mask === undefined ? undefined : normBefore(context.producer(node.input[0] as string), context);
      if (mask !== undefined && norm !== undefined && !folded.has(mask.name)) {
        folded.add(mask.name);
        factors.set(norm.name, (factors.get(norm.name) ?? 1) * mask.scale);
      }
    }
    return false;
  });
  for (const node of old.nodes) {
    if (factors.has(node.name)) normOf.set(node.name, node.name);
    if (node.op !== 'FusedBatchNormGradV3') continue;
    const norm = nodeOf(node.input[3] as string);
    if (!factors.has(norm)) continue;
    normOf.set(node.name, norm);
    for (const reader of old.nodes) {
      const given = reader.input[0] ?? '';
      if (reader.op === 'Identity' && (given === `${node.name}:1` || given === `${node.name}:2`))
        normOf.set(reader.name, norm);
    }
  }
  return { factors, folded, normOf };
}

/** The batch norm whose output reaches `node` through dropouts and poolings alone, and reaches nothing else. */
function normBefore(node: NodeDef, context: RewriteContext): NodeDef | undefined {
  const forward = context.readers(node.name).filter(({ op }) => !op.includes('Grad'));
  if (forward.length !== 1) return undefined;
  if (node.op === 'FusedBatchNormV3') return node;
  const passes =
    node.op === 'MaxPool' ||
    (node.op === 'Mul' && scaledMask(context.producer(node.input[1] as string), context) !== undefined);
  return passes ? normBefore(context.producer(node.input[0] as string), context) : undefined;
}
