// node docs/notes/boundary-width.mjs LABELS [--gap]
// How wide the membranes in LABELS are, 0 membrane and one other value interior: the default of --boundary-width
// (docs/labels.md). Its cells are taken as instances; of those membranes are made again, of several widths, and compared with
// those that were drawn. --gap: instances with a line of background between them. Run `npx nx run-many -t build` first.
import { parseArgs } from 'node:util';

const packages = new URL('../../packages/', import.meta.url);
const load = (path) => import(new URL(path, packages).href);
const { cellInstances, instanceMembranes, section } = await load('core/dist/index.js');
const { binaryLabels } = await load('stacks/dist/index.js');
const { readStack } = await load('stacks/dist/node/index.js');

const { positionals, values } = parseArgs({ allowPositionals: true, options: { gap: { type: 'boolean' } } });
const [path] = positionals;
const labels = binaryLabels(await readStack(path, { labels: true }), path);

/** The cells of a section: its pieces of interior, grown until they meet; the line of one pixel between them counts to a neighbour. */
function instancesOf({ width, height, data }) {
  const { labels: ids } = cellInstances({ width, height, data: Float32Array.from(data) });
  if (values.gap) return { width, height, data: ids };
  const touching = ids.slice();
  for (let p = 0; p < ids.length; p++) {
    if (ids[p] !== 0) continue;
    const beside = [
      p % width > 0 ? ids[p - 1] : 0,
      p >= width ? ids[p - width] : 0,
      (p + 1) % width > 0 ? (ids[p + 1] ?? 0) : 0,
      ids[p + width] ?? 0,
    ];
    touching[p] = beside.find((id) => id !== 0) ?? 0;
  }
  return { width, height, data: touching };
}

const sections = Array.from({ length: labels.depth }, (_, z) => section(labels, z));
const instances = sections.map(instancesOf);
const drawn = labels.data.reduce((sum, value) => sum + 1 - value, 0);
process.stdout.write(`membrane drawn: ${((100 * drawn) / labels.data.length).toFixed(2)} % of the pixels\n`);
process.stdout.write('width  membrane  Dice of membrane  Dice of interior\n');
for (let width = 2; width <= 10; width += 0.5) {
  const counts = { both: 0, made: 0 };
  instances.forEach((ids, z) => {
    const made = instanceMembranes(ids, width).data;
    const { data } = sections[z];
    for (let p = 0; p < made.length; p++) {
      if (made[p] === 1) continue;
      counts.made++;
      if (data[p] === 0) counts.both++;
    }
  });
  const all = labels.data.length;
  const interior = all - drawn - counts.made + counts.both;
  const cells = [
    width.toFixed(1).padStart(5),
    `${((100 * counts.made) / all).toFixed(2)} %`.padStart(9),
    ((2 * counts.both) / (counts.made + drawn)).toFixed(4).padStart(17),
    ((2 * interior) / (2 * all - counts.made - drawn)).toFixed(4).padStart(17),
  ];
  process.stdout.write(`${cells.join(' ')}\n`);
}
