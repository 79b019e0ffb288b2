import type { NodeDef, Output } from '../builder.ts';
import { scalarOf, type RewriteContext } from './rewrite.ts';

/** A dropout mask as layers/dropout.ts writes it: 0 where dropped, the scale where kept. */
export interface ScaledMask {
  readonly name: string;
  /** 0 where dropped, 1 where kept. */
  readonly kept: Output;
  readonly scale: number;
}

/** `node` as a scaled mask; undefined where it is none. */
export function scaledMask(node: NodeDef, context: RewriteContext): ScaledMask | undefined {
  if (node.op !== 'Mul') return undefined;
  const [kept, factor] = node.input as [Output, Output];
  if (!isKeptMask(context.producer(kept))) return undefined;
  const scale = scalarOf(context.producer(factor));
  return scale === undefined ? undefined : { name: node.name, kept, scale };
}

/** Whether `node` makes a mask of 0 where dropped and 1 where kept. */
export function isKeptMask(node: NodeDef): boolean {
  const from = node.attr['SrcT'];
  return node.op === 'Cast' && from !== undefined && 'type' in from && from.type === 'DT_BOOL';
}
