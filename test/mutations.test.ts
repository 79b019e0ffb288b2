import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { peerPython, pythonScript, TIFFFILE } from '@dilated-unet/tools';
import { expect, test } from 'vitest';
import { mutatedTiff } from './support/mutated-tiffs.ts';

/** Files; `npx nx run test:mutations` asks for ten times as many. */
const COUNT = Number(process.env['MUTATIONS'] ?? 2000);
const SEED = Number(process.env['MUTATIONS_SEED'] ?? 1);
const BATCH = 500;
/** Of a batch: a single file that takes 10 s is too long, and the batch takes a few. */
const TIMEOUT = 60_000;
const MOST_BYTES = 2 ** 30;

interface Ours {
  readonly name: string;
  readonly planes?: readonly string[];
  readonly refused?: string;
  readonly peakBytes?: number;
}

interface Theirs {
  readonly name: string;
  readonly series?: readonly string[];
  readonly sections?: readonly string[];
  readonly pages?: readonly string[];
  readonly error?: string;
}

async function lines<T>(program: string, args: readonly string[], timeout: number): Promise<T[]> {
  const { stdout } = await promisify(execFile)(program, args, { timeout, maxBuffer: 2 ** 28 });
  return stdout.trim().split('\n').map((line) => JSON.parse(line) as T); // prettier-ignore
}

/** Whether the planes are those of a whole, or pages of it, as many as a description speaks of. */
function areRead(planes: readonly string[], { series = [], sections = [], pages = [] }: Theirs): boolean {
  if ([series, sections, pages].some((other) => other.join() === planes.join())) return true;
  return planes.length === series.length && planes.every((plane) => pages.includes(plane));
}

test(`${COUNT} mutated TIFF files: no crash, no hang, no gigabyte, and what tifffile reads too has its values`, async () => {
  const python = await peerPython(TIFFFILE, () => undefined, new AbortController().signal);
  const program = fileURLToPath(new URL('support/read-tiffs.mjs', import.meta.url));
  const differ: string[] = [];
  let [both, refused] = [0, 0];
  for (let first = 0; first < COUNT; first += BATCH) {
    const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-mutations-'));
    try {
      for (let index = first; index < Math.min(COUNT, first + BATCH); index++) {
        await writeFile(join(folder, `${String(index).padStart(6, '0')}.tif`), mutatedTiff(SEED, index));
      }
      const ours = await lines<Ours>(process.execPath, [program, folder], TIMEOUT);
      const theirs = await lines<Theirs>(python, [pythonScript('read_tiffs.py'), folder], 10 * TIMEOUT);
      expect(ours.pop()?.peakBytes).toBeLessThan(MOST_BYTES);
      expect(ours.map(({ name }) => name)).toEqual(theirs.map(({ name }) => name));
      ours.forEach(({ name, planes }, i) => {
        const other = theirs[i] as Theirs;
        if (planes === undefined) refused++;
        else if (other.error === undefined) {
          both++;
          if (!areRead(planes, other)) differ.push(name);
        }
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  // Both happen, so that neither half of the promise is empty.
  expect(both).toBeGreaterThan(COUNT / 5);
  expect(refused).toBeGreaterThan(COUNT / 10);
  expect(differ).toEqual([]);
});
