/**
 * The nodes of a graph on which its outputs depend: each right behind what it reads, in the order in which it reads it.
 *
 * @param graph whose nodes may stand in any order.
 */
export function neededNodes<Node extends { readonly input: readonly string[]; readonly output: readonly string[] }>({
  node: nodes,
  output,
}: {
  readonly node: readonly Node[];
  readonly output: readonly { readonly name?: string }[];
}): Node[] {
  const makers = new Map(nodes.flatMap((node) => node.output.map((name) => [name, node] as const)));
  // All inputs and outputs that are left out have this name.
  makers.delete('');
  const ordered = new Set<Node>();
  const visit = (name: string): void => {
    const node = makers.get(name);
    if (node === undefined || ordered.has(node)) return;
    for (const read of node.input) visit(read);
    ordered.add(node);
  };
  for (const { name = '' } of output) visit(name);
  return [...ordered];
}
