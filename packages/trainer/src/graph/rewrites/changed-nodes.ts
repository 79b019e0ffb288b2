import type { NodeDef } from '../builder.ts';

/** How many nodes two graphs do not share: those that only one has, and those that differ. */
export function changedNodes(one: readonly NodeDef[], other: readonly NodeDef[]): number {
  const texts = new Map(one.map((node) => [node.name, textOf(node)]));
  const differ = other.filter((node) => texts.get(node.name) !== textOf(node));
  const names = new Set(other.map(({ name }) => name));
  return differ.length + one.filter(({ name }) => !names.has(name)).length;
}

/** All that a node says, without the names of functions: they count on where a graph has more of them. */
function textOf(node: NodeDef): string {
  return JSON.stringify(node, (key, value: unknown) => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
    return key === 'function' ? { ...(value as object), name: undefined } : value;
  });
}
