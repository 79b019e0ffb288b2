import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { peerPython, pythonScript, TIFFFILE } from '@dilated-unet/tools';
import { expect, test } from 'vitest';
import { jsonLines } from './support/json-lines.ts';
import { KIND_NAMES, mutatedFile, type MutatedFile } from './support/mutated-files.ts';

/** Files; `npx nx run test:mutations` asks for ten times as many. */
const COUNT = Number(process.env['MUTATIONS'] ?? 2000);
const SEED = Number(process.env['MUTATIONS_SEED'] ?? 1);
const BATCH = 500;
/** Of processor time. */
const MOST_SECONDS = 10;
const MOST_BYTES = 2 ** 30;
/** Of a batch, in milliseconds: a file that never ends is found so, and all together take a few seconds. */
const TIMEOUT = 120_000;

interface Ours {
  readonly name: string;
  readonly seconds: number;
  readonly planes?: readonly string[];
  readonly choice?: { readonly image?: 1; readonly channel?: 1; readonly time?: 1 };
  readonly peakBytes?: number;
}

interface Theirs {
  readonly name: string;
  readonly series?: readonly string[];
  readonly chosen?: readonly string[];
  readonly sections?: readonly string[];
  readonly pages?: readonly string[];
  readonly error?: string;
}

/** Whether the planes are those of a whole, or pages of it, as many as a description speaks of or of the image chosen. */
function areRead(
  { planes = [], choice = {} }: Ours,
  { series = [], chosen = [], sections = [], pages = [] }: Theirs,
): boolean {
  if ([series, chosen, sections, pages].some((other) => other.join() === planes.join())) return true;
  if (choice.image === 1 && isPartOf(planes, pages)) return true;
  // It knows neither channels and times there, nor an order.
  if ((choice.channel === 1 || choice.time === 1) && chosen.length === 0) return true;
  if (series.length === 0) return planes.every((plane) => pages.includes(plane));
  return planes.length === series.length && planes.every((plane) => pages.includes(plane));
}

function isPartOf(planes: readonly string[], pages: readonly string[]): boolean {
  let next = 0;
  for (const page of pages) if (page === planes[next]) next++;
  return next === planes.length;
}

async function written(folder: string, files: MutatedFile['files']): Promise<void> {
  for (const { path, bytes } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}

test(`${COUNT} mutated files: no crash, no hang, no gigabyte, and what tifffile reads too has its values`, async () => {
  const python = await peerPython(TIFFFILE, () => undefined, new AbortController().signal);
  const program = fileURLToPath(new URL('support/read-stacks.mjs', import.meta.url));
  const [differ, slow]: [string[], string[]] = [[], []];
  const both = new Map<string, number>();
  let refused = 0;
  for (let first = 0; first < COUNT; first += BATCH) {
    const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-mutations-'));
    try {
      const mutated = Array.from({ length: Math.min(BATCH, COUNT - first) }, (_, i) => mutatedFile(SEED, first + i));
      for (const { files } of mutated) await written(folder, files);
      const [ours, theirs] = await Promise.all([
        jsonLines<Ours>(process.execPath, [program, folder], TIMEOUT),
        jsonLines<Theirs>(python, [pythonScript('read_stacks.py'), folder], 10 * TIMEOUT),
      ]);
      expect(ours.pop()?.peakBytes).toBeLessThan(MOST_BYTES);
      expect(ours.map(({ name }) => name)).toEqual(theirs.map(({ name }) => name));
      ours.forEach((one, i) => {
        const [{ kind, isExact }, other] = [mutated[i] as MutatedFile, theirs[i] as Theirs];
        if (one.seconds > MOST_SECONDS) slow.push(`${one.name} (${kind})`);
        if (one.planes === undefined) refused++;
        else if (other.error === undefined) {
          both.set(kind, (both.get(kind) ?? 0) + 1);
          if (isExact && !areRead(one, other)) differ.push(`${one.name} (${kind})`);
        }
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  expect({ differ, slow }).toEqual({ differ: [], slow: [] });
  // Both happen, so that neither half of the promise is empty, and of each kind some is read.
  expect(refused).toBeGreaterThan(COUNT / 10);
  expect([...both.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(COUNT / 5);
  expect(KIND_NAMES.filter((kind) => (both.get(kind) ?? 0) < COUNT / 1000)).toEqual([]);
});
