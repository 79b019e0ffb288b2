import { multiply } from '../arithmetic.ts';
import { FLOAT, type NodeDef, type Output } from '../builder.ts';
import { replaceNodes, scalarOf, visit, type Graph, type GraphContext, type Rewrite } from './rewrite.ts';

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
    const { factors, folded } = planOf(old);
    return replaceNodes(old, (node, context) => {
      const { graph } = context;
      const mask = scaledMask(node.input[1] ?? '', context);
      if (mask !== undefined && folded.has(mask.name)) {
        graph.replace(node, 'Mul', [node.input[0] as Output, mask.input[0] as Output], node.attr);
        return true;
      }
      if (folded.has(node.name)) return true;
      const role = context.role(node.name);
      const factor = role === undefined ? undefined : factors.get(role.layer);
      if (role === undefined || factor === undefined) return false;
      const scaled = (name: string, value: Output): Output => multiply(graph, name, value, graph.scalar(factor));
      if (role.kind === 'batch-norm') {
        const [x, gamma, beta, ...rest] = node.input as [Output, Output, Output, ...Output[]];
        const parameters = [scaled(`${role.layer}/scaled_gamma`, gamma), scaled(`${role.layer}/scaled_beta`, beta)];
        graph.replace(node, node.op, [x, ...parameters, ...rest], node.attr);
      } else if (role.kind === 'batch-norm-gradient') {
        const [dy, x, , ...rest] = node.input as [Output, Output, Output, ...Output[]];
        graph.replace(node, node.op, [dy, x, `${role.layer}/scaled_gamma`, ...rest], node.attr);
      } else {
        graph.replace(node, 'Mul', [node.input[0] as Output, graph.scalar(factor)], { T: FLOAT });
      }
      return true;
    });
  },
};

interface Plan {
  /** Product of the scales that a batch norm takes, by the norm's layer. */
  readonly factors: ReadonlyMap<string, number>;
  /** Names of the scaled masks that become unscaled ones. */
  readonly folded: ReadonlySet<string>;
}

function planOf(old: Graph): Plan {
  const factors = new Map<string, number>();
  const folded = new Set<string>();
  visit(old, (node, context) => {
    const mask = scaledMask(node.input[1] ?? '', context);
    if (mask === undefined || folded.has(mask.name)) return;
    const norm = normBefore(node.input[0] as Output, context);
    const scale = scalarOf(context.producer(mask.input[1] as Output));
    if (norm === undefined || scale === undefined) return;
    folded.add(mask.name);
    factors.set(norm, (factors.get(norm) ?? 1) * scale);
  });
  return { factors, folded };
}

/** The node that makes `tensor`, if that is a mask times its scale. */
function scaledMask(tensor: Output, { role, producer }: GraphContext): NodeDef | undefined {
  return role(tensor)?.kind === 'scaled-dropout-mask' ? producer(tensor) : undefined;
}

/** The layer of the batch norm whose output reaches `tensor` through dropouts and poolings alone, and reaches nothing else. */
function normBefore(tensor: Output, context: GraphContext): string | undefined {
  const forward = context.readers(tensor).filter(({ op }) => !op.includes('Grad'));
  if (forward.length !== 1) return undefined;
  const role = context.role(tensor);
  if (role?.kind === 'batch-norm') return role.layer;
  const { op, input } = context.producer(tensor);
  const passes = op === 'MaxPool' || scaledMask(input[1] ?? '', context) !== undefined;
  return passes ? normBefore(input[0] as Output, context) : undefined;
}
