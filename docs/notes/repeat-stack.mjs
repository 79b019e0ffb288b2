// node docs/notes/repeat-stack.mjs STACK OUT.zarr [--labels]
// STACK ten times in depth and four times across and down, as an OME-Zarr: a volume that is too large for the memory of a training
// (docs/large-volumes.md). --labels: its smaller scales do not mix values. Run `npx nx run-many -t build` first.
const load = (path) => import(new URL(`../../packages/${path}`, import.meta.url).href);
const { section } = await load('core/dist/index.js');
const { readStack, writeSections } = await load('stacks/dist/node/index.js');

const [from, to, labels] = process.argv.slice(2);
const stack = await readStack(from);
const [across, times] = [4, 10];
const side = across * stack.width;

function* repeated() {
  for (let z = 0; z < times * stack.depth; z++) {
    const { width, height, data } = section(stack, z % stack.depth);
    const out = new Uint8Array(side * side);
    for (let y = 0; y < side; y++) {
      const row = data.subarray((y % height) * width, ((y % height) + 1) * width);
      for (let k = 0; k < across; k++) out.set(row, y * side + k * width);
    }
    yield { width: side, height: side, data: out };
  }
}
await writeSections(to, repeated(), { depth: times * stack.depth, labels: labels === '--labels' });
