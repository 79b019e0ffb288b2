/** Run by itself: writes a section in bands to the path that the command line names, and prints what memory it took. */
import { writeRows } from '../../src/node/index.ts';

const [path, type, ...numbers] = process.argv.slice(2) as [string, string, ...string[]];
const [width, height, band] = numbers.map(Number) as [number, number, number];
const values = (type === 'float32' ? new Float32Array(band * width) : new Uint8Array(band * width)).fill(1);

function* bands() {
  for (let y = 0; y < height; y += band) yield { z: 0, y, data: values.subarray(0, (height - y) * width) };
}

const rss = (): number => process.resourceUsage().maxRSS * 1024;
const before = rss();
await writeRows(path, bands(), { width, height, depth: 1 });
process.stdout.write(JSON.stringify({ taken: rss() - before }));
