import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NGFF, peerPython, pythonScript } from '@dilated-unet/tools';
import { beforeAll, describe, expect, it } from 'vitest';
import { jsonLines } from './support/json-lines.ts';
import { mutatedZarr, ZARR_KINDS, type ZarrKind } from './support/mutated-zarrs.ts';
import { MARK, secretFiles } from './support/mutations/zarr/secret.ts';
import { writeContents } from './support/written-zarrs.ts';

/** Of each kind; `npx nx run test:mutations` asks for ten times as many. */
const COUNT = Number(process.env['ZARR_MUTATIONS'] ?? 1000);
const SEED = Number(process.env['MUTATIONS_SEED'] ?? 1);
const BATCH = 1000;
/** Of processor time. */
const MOST_SECONDS = 10;
const MOST_BYTES = 2 ** 30;
/** Of a batch, in milliseconds: a zarr that never ends is found so, and all together take a few seconds. */
const TIMEOUT = 120_000;

const PROGRAM = fileURLToPath(new URL('support/read-stacks.mjs', import.meta.url));

interface Ours {
  readonly name: string;
  readonly seconds: number;
  readonly planes?: readonly string[];
  readonly refused?: string;
  readonly leaks?: true;
  readonly peakBytes?: number;
}

interface Theirs {
  readonly name: string;
  readonly planes?: readonly string[];
}

interface Found {
  readonly faults: readonly string[];
  readonly refused: number;
  readonly both: number;
}

let python = '';
beforeAll(async () => {
  python = await peerPython(NGFF, () => undefined, new AbortController().signal);
});

async function batch(kind: ZarrKind, first: number, count: number): Promise<Found> {
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-zarrs-'));
  try {
    await writeContents(folder, secretFiles());
    for (let i = first; i < first + count; i++) {
      const { name, files } = await mutatedZarr(SEED, i, kind, folder);
      await writeContents(join(folder, name), files);
    }
    const [ours, theirs] = await Promise.all([
      jsonLines<Ours>(process.execPath, [PROGRAM, folder, MARK], TIMEOUT),
      jsonLines<Theirs>(python, [pythonScript('read_zarrs.py'), folder], 10 * TIMEOUT),
    ]);
    expect(ours.pop()?.peakBytes).toBeLessThan(MOST_BYTES);
    expect(ours.map(({ name }) => name)).toEqual(theirs.map(({ name }) => name));
    const read = ours.map(({ planes }, i) => ({ planes, others: theirs[i]?.planes }));
    const faults = ours.flatMap(({ name, seconds, leaks }, i) => [
      ...(seconds > MOST_SECONDS ? [`${name}: ${seconds} s`] : []),
      ...(leaks === true ? [`${name}: shows what lies outside`] : []),
      ...(differs(read[i]) ? [`${name}: other values`] : []),
    ]);
    return {
      faults,
      refused: ours.filter(({ refused }) => refused !== undefined).length,
      both: read.filter(({ planes, others }) => planes !== undefined && others !== undefined).length,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function differs(
  read: { planes?: readonly string[] | undefined; others?: readonly string[] | undefined } = {},
): boolean {
  const { planes, others } = read;
  return planes !== undefined && others !== undefined && planes.join() !== others.join();
}

describe(`${COUNT} mutated zarrs: no crash, no hang, no gigabyte, nothing from outside, and the values of zarr-python`, () => {
  it.concurrent.each(ZARR_KINDS)('%s', async (kind) => {
    const faults: string[] = [];
    let [refused, both] = [0, 0];
    for (let first = 0; first < COUNT; first += BATCH) {
      const found = await batch(kind, first, Math.min(BATCH, COUNT - first));
      faults.push(...found.faults);
      refused += found.refused;
      both += found.both;
    }
    expect(faults).toEqual([]);
    // Both happen, so that neither half of the promise is empty.
    expect(refused).toBeGreaterThan(COUNT / 10);
    expect(both).toBeGreaterThan(COUNT / 10);
  });
});

it('what lies outside is found where it shows', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-zarrs-'));
  try {
    const files = [...secretFiles()].map(([path, content]) => [path.replace('secret.zarr/', ''), content] as const);
    await writeContents(folder, new Map(files));
    const [line] = await jsonLines<Ours>(process.execPath, [PROGRAM, folder, MARK], TIMEOUT);
    expect(line).toMatchObject({ name: '0', leaks: true });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
