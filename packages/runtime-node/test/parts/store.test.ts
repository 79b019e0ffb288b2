import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import type * as files from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../../stacks/test/support/folder.ts';
import { goOn } from '../../src/parts/go-on.ts';
import type { Plan } from '../../src/parts/plan.ts';
import { PartsStore, PlannedElsewhere, type SectionToAdd } from '../../src/parts/store.ts';

const folder = temporaryFolder();
const links = vi.hoisted(() => ({ areThere: true }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof files>();
  const link: typeof real.link = (from, to) =>
    links.areThere ? real.link(from, to) : Promise.reject(Object.assign(new Error('EPERM'), { code: 'EPERM' }));
  return { ...real, link };
});
afterEach(() => void (links.areThere = true));

const plan: Plan = {
  format: 1,
  program: 'segment 0.1.0',
  input: { shape: [3, 1, 1], dtype: 'uint8', selection: {}, address: null, files: 'a' },
  sections: [0, 1, 2],
  region: null,
  result: { result: 'instances' },
  symmetries: false,
  grey: {},
  model: { name: 'unet', sha256: 'ab'.repeat(32) },
  precision: 'fp32',
  device: 'cpu',
  tile: 32,
  decided: {},
};

/** A section of `ids`, one row of them. */
const section = (ids: Uint32Array): SectionToAdd => ({
  width: ids.length,
  height: 1,
  dtype: 'uint32',
  rows: (async function* () {
    yield await Promise.resolve({ y: 0, width: ids.length, height: 1, isLast: true, data: ids });
  })(),
});

test('ids above 2 ** 24, which float32 does not hold, are read as they were added', async () => {
  const store = await PartsStore.open(folder.file('cells.tif'));
  const ids = Uint32Array.of(0, 1, 2 ** 24, 2 ** 24 + 1, 2 ** 32 - 1, 2 ** 24 + 1);
  await store.add(0, section(ids), plan);
  for await (const { data } of store.read(0, 'uint32')) expect(data).toEqual(ids);
  expect.assertions(1);
});

test('without hard links, as on exFAT, the plan that comes first is the plan', async () => {
  links.areThere = false;
  const output = folder.file('mask.tif');
  const stores = await Promise.all([PartsStore.open(output), PartsStore.open(output), PartsStore.open(output)]);
  const other = { ...plan, tile: 64 };
  const said = await Promise.allSettled(
    stores.map((store, z) => store.add(z, section(Uint32Array.of(1)), z === 1 ? other : plan)),
  );
  const first = await stores[0].plan();
  for (const [z, one] of said.entries()) {
    const isSame = (z === 1) === (first?.tile === 64);
    expect(one).toMatchObject(isSame ? { status: 'fulfilled' } : { reason: expect.any(PlannedElsewhere) as unknown });
  }
  expect(readdirSync(folder.path)).not.toContain('mask.tif.parts.lock');
});

describe('what file managers put into its folder', () => {
  const litter = ['.DS_Store', '._section-000001.tif', 'Thumbs.db', 'desktop.ini'];
  const put = (store: PartsStore, names = litter): void => {
    mkdirSync(store.folder, { recursive: true });
    for (const name of names) writeFileSync(path.join(store.folder, name), 'theirs');
  };

  test('hinders neither sections that are done nor the end', async () => {
    const output = folder.file('littered.tif');
    await (await PartsStore.open(output)).add(0, section(Uint32Array.of(1)), plan);
    const store = await PartsStore.open(output);
    put(store);
    const again = await PartsStore.open(output);
    expect(await again.plan()).toEqual(plan);
    expect(await again.done()).toEqual(new Set([0]));
    await again.add(1, section(Uint32Array.of(1)), plan);
    await again.finish(false);
    expect(existsSync(again.folder)).toBe(false);
  });

  test('is no run, and goes when a run leaves', async () => {
    const store = await PartsStore.open(folder.file('left.tif'));
    put(store);
    const later = await PartsStore.open(store.output);
    expect(await later.isBegun()).toBe(false);
    await later.leave();
    expect(existsSync(later.folder)).toBe(false);
    await later.begin();
    expect(await later.isBegun()).toBe(true);
  });

  test('stays where it cannot be removed, as what NFS keeps, and a run begins all the same', async () => {
    const store = await PartsStore.open(folder.file('kept.tif'));
    // A folder is not removed as a file is.
    mkdirSync(path.join(store.folder, '.nfs0001'), { recursive: true });
    put(store);
    await store.leave();
    expect(readdirSync(store.folder)).toEqual(['.nfs0001']);
    await (await PartsStore.open(store.output)).add(0, section(Uint32Array.of(1)), plan);
    expect(await store.done()).toEqual(new Set([0]));
  });

  test('is not what a user put there, which is named where sections are done, and nothing else is to be removed', async () => {
    const store = await PartsStore.open(folder.file('foreign.tif'));
    await store.add(0, section(Uint32Array.of(1)), plan);
    put(store, ['notes.txt']);
    const refused = PartsStore.open(store.output);
    await expect(refused).rejects.toThrow(/foreign\.tif\.parts.*move notes\.txt away/);
    await expect(refused).rejects.not.toThrow(/remove/);
    expect(readdirSync(store.folder)).toContain('section-000001.tif');
  });
});

describe('an output that was finished', () => {
  /** A store whose output consists of `name`, noted as finished. */
  async function finished(output: string, name: string): Promise<PartsStore> {
    const place = folder.file(path.join(output, name));
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, 'made');
    utimesSync(place, 1700000000.1234, 1700000000.1234);
    const store = await PartsStore.open(folder.file(output));
    await store.begin();
    await store.finish(true);
    return store;
  }

  test('is known where a machine shows its time in whole milliseconds, and where an older version noted fractions', async () => {
    const store = await finished('noted.tif', '');
    const note = path.join(store.folder, 'finished.json');
    const noted = JSON.parse(readFileSync(note, 'utf8')) as { readonly mtimeMs: number };
    expect(noted.mtimeMs).toBe(1700000000123);
    writeFileSync(note, JSON.stringify({ ...noted, mtimeMs: noted.mtimeMs + 0.4 }));
    expect(await store.finished()).toBe('yes');
  });

  test.each([
    ['an OME-Zarr', 'noted.zarr', 'zarr.json'],
    ['a folder of sections', 'noted', '1.png'],
  ])('%s is known when a file manager has added its file, and another one is not', async (_, output, name) => {
    const store = await finished(output, name);
    writeFileSync(folder.file(path.join(output, '.DS_Store')), 'x');
    utimesSync(folder.file(output), 1800000000, 1800000000);
    expect(await store.finished()).toBe('yes');
    utimesSync(folder.file(path.join(output, name)), 1800000000, 1800000000);
    expect(await store.finished()).toBe('stale');
  });

  describe('and removed is begun anew by processes that start together', () => {
    /** Two of them, which have both seen what is left of the former run, and then that nothing is done. */
    async function startTwo(): Promise<[PartsStore, PartsStore]> {
      const former = await finished('anew.tif', '');
      writeFileSync(path.join(former.folder, 'plan.json'), JSON.stringify(plan));
      rmSync(former.output);
      const stores: [PartsStore, PartsStore] = [
        await PartsStore.open(former.output),
        await PartsStore.open(former.output),
      ];
      for (const store of stores) expect(await store.plan()).toEqual(plan);
      const { tile: _, ...asked } = plan;
      for (const store of stores) {
        expect(await goOn(store, asked, { signal: new AbortController().signal, isLast: false })).toBeUndefined();
      }
      return stores;
    }

    test('whichever adds first', async () => {
      const [first, second] = await startTwo();
      await second.add(1, section(Uint32Array.of(1)), plan);
      await first.add(0, section(Uint32Array.of(1)), plan);
      expect(await first.done()).toEqual(new Set([0, 1]));
    });

    test('by the plan of the first', async () => {
      const [first, second] = await startTwo();
      await first.add(0, section(Uint32Array.of(1)), { ...plan, tile: 64 });
      await expect(second.add(1, section(Uint32Array.of(1)), plan)).rejects.toThrow(PlannedElsewhere);
      expect(await first.done()).toEqual(new Set([0]));
    });
  });

  test('leaves no sections where a process was killed before it removed them', async () => {
    const store = await finished('killed.tif', '');
    writeFileSync(path.join(store.folder, 'plan.json'), JSON.stringify(plan));
    writeFileSync(path.join(store.folder, 'section-000001.tif'), 'made');
    const { tile: _, ...asked } = plan;
    const { signal } = new AbortController();
    expect(await goOn(store, asked, { signal, isLast: false })).toBe('finished');
    expect(readdirSync(store.folder).sort()).toEqual(['finished.json', 'plan.json']);
    expect(await goOn(store, asked, { signal, isLast: true })).toBe('finished');
    expect(existsSync(store.folder)).toBe(false);
  });

  test('is known where an older version noted the folder itself', async () => {
    const store = await finished('older', '1.png');
    const { size, mtimeMs } = statSync(store.output);
    writeFileSync(path.join(store.folder, 'finished.json'), JSON.stringify({ size, mtimeMs }));
    expect(await store.finished()).toBe('yes');
    utimesSync(store.output, 1800000000, 1800000000);
    expect(await store.finished()).toBe('stale');
  });
});
