/**
 * The table of docs/decisions/zarr.md: damages buffers that c-blosc wrote, decodes each with c-blosc, with numcodecs.js and with this
 * package, and counts what they make of it.
 *
 *     node docs/notes/blosc-damage.mjs PYTHON
 *
 * PYTHON has numcodecs (`npx nx run test:mutations` makes .venv-ngff/bin/python). Needs the built packages.
 */
import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '../..');
const FIXTURES = join(ROOT, 'packages/stacks/test/formats/zarr/fixtures/blosc');
const VALUES = 2003;
const HEADER_BYTES = 16;
const PER_BUFFER = 20;
const PYTHON = `
import base64, hashlib, json, sys
from numcodecs import blosc
def decoded(line):
    length, text = line.split()
    try:
        values = blosc.decompress(base64.b64decode(text))
    except Exception:
        return None
    return hashlib.sha1(values).hexdigest() if len(values) == int(length) else None
print(json.dumps([decoded(line) for line in sys.stdin]))
`;
const [python] = process.argv.slice(2);
const { decodeBlosc } = await import(pathToFileURL(join(ROOT, 'packages/stacks/dist/compression/blosc.js')));

let state = 1;
function below(count) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * count);
}

/** What is damaged, and how. */
const DAMAGES = {
  'a bit behind the header': (bytes) => {
    bytes[HEADER_BYTES + below(bytes.length - HEADER_BYTES)] ^= 1 << below(8);
    return bytes;
  },
  'a byte of the header': (bytes) => {
    bytes[below(HEADER_BYTES)] ^= 1 + below(255);
    return bytes;
  },
  'cut off, and the header says so': (bytes) => {
    const cut = bytes.slice(0, HEADER_BYTES + below(bytes.length - HEADER_BYTES));
    new DataView(cut.buffer).setUint32(12, cut.length, true);
    return cut;
  },
  'bytes behind it': (bytes) => Uint8Array.from([...bytes, ...new Uint8Array(1 + below(100))]),
};

/** Null of another length than that of a chunk, which is noticed. */
const digestOf = (length) => (bytes) =>
  bytes.length === length ? createHash('sha1').update(bytes).digest('hex') : null;

let loads = 0;
/** A decoder of its own: after some damage a loaded one fails for all that follows. */
async function freshCodec() {
  const { default: Blosc } = await import(`${import.meta.resolve('numcodecs/blosc')}?${loads++}`);
  return Blosc.fromConfig({ cname: 'lz4', clevel: 5, shuffle: 1, blocksize: 0 });
}

let codec = await freshCodec();
let ended = 0;
async function decodedByNumcodecs(bytes, good, length) {
  const result = await codec.decode(bytes).then(digestOf(length), () => null);
  const isAlive = result !== null || (await codec.decode(good).then(() => true, () => false)); // prettier-ignore
  if (!isAlive) {
    ended++;
    codec = await freshCodec();
  }
  return result;
}

const cases = [];
for (const [damage, change] of Object.entries(DAMAGES)) {
  for (const name of readdirSync(FIXTURES)) {
    const length = VALUES * Number(/(\d)\.bin$/.exec(name)[1]);
    for (let i = 0; i < PER_BUFFER; i++) {
      const good = Uint8Array.from(readFileSync(join(FIXTURES, name)));
      const bytes = change(good.slice());
      const ours = await decodeBlosc(bytes, length).then(digestOf(length), () => null);
      const js = await decodedByNumcodecs(bytes, good, length);
      cases.push({ damage, ours, js, text: `${length} ${Buffer.from(bytes).toString('base64')}` });
    }
  }
}
const input = cases.map(({ text }) => text).join('\n');
const theirs = JSON.parse(execFileSync(python, ['-c', PYTHON], { input, encoding: 'utf8', maxBuffer: 2 ** 28 }));

process.stdout.write(
  '| damage | c-blosc | numcodecs.js: refused, same, other | stacks: refused, same, other |\n|---|---|---|---|\n',
);
for (const damage of Object.keys(DAMAGES)) {
  for (const isRead of [true, false]) {
    const own = cases
      .map((one, i) => ({ ...one, theirs: theirs[i] }))
      .filter((one) => one.damage === damage && (one.theirs !== null) === isRead);
    const counts = (reader) =>
      [
        own.filter((one) => one[reader] === null),
        own.filter((one) => one[reader] !== null && one[reader] === one.theirs),
        own.filter((one) => one[reader] !== null && one[reader] !== one.theirs),
      ].map(({ length }) => length);
    process.stdout.write(
      `| ${damage} | ${isRead ? 'gives values' : 'refuses'}: ${own.length} | ${counts('js').join(', ')} | ${counts('ours').join(', ')} |\n`,
    );
  }
}
process.stdout.write(`\nnumcodecs.js failed for good buffers too after ${ended} of them.\n`);
