// node docs/notes/repeat-stack.mjs STACK OUT [--labels] [--across N] [--depth N]
// A volume that is too large for the memory of a training (docs/large-volumes.md): each of its sections has N times N sections of STACK
// side by side (4 by default), each time others, and it is N times as deep (10). OUT is a .zarr, a .tif or, with / at its end, a
// folder of PNG. --labels: smaller scales do not mix values. Run `npx nx run-many -t build` first.
import { parseArgs } from 'node:util';

const load = (path) => import(new URL(`../../packages/${path}`, import.meta.url).href);
const { section } = await load('core/dist/index.js');
const { readStack, writeSections } = await load('stacks/dist/node/index.js');

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    labels: { type: 'boolean', default: false },
    across: { type: 'string', default: '4' },
    depth: { type: 'string', default: '10' },
  },
});
const [from, to] = positionals;
const stack = await readStack(from);
const across = Number(values.across);
const depth = Number(values.depth) * stack.depth;
const side = across * stack.width;

function* repeated() {
  for (let z = 0; z < depth; z++) {
    const out = new Uint8Array(side * side);
    for (let k = 0; k < across * across; k++) {
      const { width, height, data } = section(stack, (z + k) % stack.depth);
      const corner = Math.floor(k / across) * height * side + (k % across) * width;
      for (let y = 0; y < height; y++) out.set(data.subarray(y * width, (y + 1) * width), corner + y * side);
    }
    yield { width: side, height: side, data: out };
  }
}
await writeSections(to, repeated(), { depth, labels: values.labels });
