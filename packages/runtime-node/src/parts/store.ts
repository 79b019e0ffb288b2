import { link, mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bandsOf, EnvironmentError, InvalidImageError, InvalidOptionError } from '@dilated-unet/core';
import {
  isLitter,
  isWithoutLinks,
  readJsonFile,
  reason,
  replaceFile,
  unfinishedName,
  unfinishedTarget,
  withLock,
  writeJsonFile,
} from '@dilated-unet/host';
import { tiffSink, type StoredDtype, type StoredImage } from '@dilated-unet/stacks';
import { fileSink, sectionFiles } from '@dilated-unet/stacks/node';
import type { ResultRows } from '../results/rows.ts';
import { isSamePlan, parsePlan, type Plan } from './plan.ts';
import { openWritten } from './written.ts';

const PLAN = 'plan.json';
const FINISHED = 'finished.json';
const SECTION = /^section-(\d+)\.tif$/;
const isOurs = (name: string): boolean => name === PLAN || name === FINISHED || SECTION.test(name);

/** An output as it was made, so that a later one of the same name is known. */
interface OutputFacts {
  readonly size: number;
  readonly mtimeMs: number;
}

/** A section that is added to what is done. */
export interface SectionToAdd {
  readonly width: number;
  readonly height: number;
  readonly dtype: StoredDtype;
  /** All of its rows, from the top. */
  readonly rows: AsyncIterable<ResultRows>;
}

/** Another process has finished the output meanwhile: nothing is left to do. */
export class FinishedElsewhere extends Error {}

/** Another process has begun the output meanwhile, by a plan of its own. */
export class PlannedElsewhere extends Error {
  readonly plan: Plan;

  constructor(plan: Plan) {
    super('Another process has begun the output by another plan.');
    this.plan = plan;
  }
}

/**
 * The sections of an output that are done, in the folder `OUT.parts` beside it: `plan.json`, and one TIFF a section, whose being
 * there is what says that it is done. The folder appears when a run begins, and goes when the output is whole or nothing is in it.
 */
export class PartsStore {
  readonly output: string;
  readonly folder: string;
  #outputBefore: OutputFacts | undefined;
  #isClaimed = false;

  private constructor(output: string) {
    this.output = output;
    this.folder = partsFolder(output);
  }

  /**
   * @param output a path that is possible; need not be there.
   * @throws InvalidOptionError when its name is too long, or what is at `OUT.parts` is something else, or has a file of someone
   * else; what file managers put there does not count.
   */
  static async open(output: string): Promise<PartsStore> {
    const store = new PartsStore(output);
    await stat(`${store.folder}.lock.guard`).catch((cause: unknown) => {
      if ((cause as NodeJS.ErrnoException).code !== 'ENAMETOOLONG') return;
      const rule =
        'must have a shorter name: what lies beside it while it is made adds up to 17 bytes (`.parts.lock.guard`), and file ' +
        'systems take 255';
      throw new InvalidOptionError('output', rule, output, { cause });
    });
    const names = await readdir(store.folder).catch((cause: unknown): string[] => {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return [];
      const rule = `must have a folder beside it, ${store.folder}, and what is there is not one that can be read; remove it`;
      throw new InvalidOptionError('output', rule, output, { cause });
    });
    const foreign = names.find((name) => !isLitter(name) && !isOurs(unfinishedTarget(name) ?? name));
    if (foreign !== undefined && names.includes(PLAN)) {
      const rule =
        `must have nothing of yours among the sections that are done, in ${store.folder}; move ${foreign} away, and the same ` +
        'command goes on from there';
      throw new InvalidOptionError('output', rule, output);
    }
    if (foreign !== undefined || (!names.includes(PLAN) && names.some((name) => SECTION.test(name)))) {
      const rule = `must have a folder beside it, ${store.folder}, and that is not one of this program's; rename or remove it`;
      throw new InvalidOptionError('output', rule, output);
    }
    store.#outputBefore = await outputFacts(output);
    return store;
  }

  /** The plan of the sections that are there; undefined where there is none. @throws EnvironmentError when it cannot be read. */
  async plan(): Promise<Plan | undefined> {
    const file = path.join(this.folder, PLAN);
    const text = await readFile(file, 'utf8').catch((cause: unknown) => {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new EnvironmentError(`${file} cannot be read: ${reason(cause)}. Check its folder.`, { cause });
    });
    // Another process may have removed what an earlier look found.
    this.#isClaimed = text !== undefined;
    if (text === undefined) return undefined;
    const plan = parsePlan(text);
    if (plan === undefined) {
      const help = `Finish with the version that began it, or remove ${this.folder} to begin anew.`;
      throw new EnvironmentError(`${file} is not a plan of this version. ${help}`);
    }
    return plan;
  }

  /** Places of the sections that are done, from 0. */
  async done(): Promise<ReadonlySet<number>> {
    const names = await readdir(this.folder).catch(() => []);
    const numbers = names.flatMap((name) => SECTION.exec(name)?.[1] ?? []);
    return new Set(numbers.map((number) => Number(number) - 1));
  }

  /** Makes the folder where there is none, by which `isBegun` is known. @throws EnvironmentError when it cannot be made. */
  async begin(): Promise<void> {
    await mkdir(this.folder).catch((cause: unknown) => this.#notMade(cause));
  }

  /** Whether a run has begun, though no section may be done. A folder with what file managers put there alone is no run. */
  async isBegun(): Promise<boolean> {
    const names = await readdir(this.folder).catch(() => undefined);
    return names !== undefined && (names.length === 0 || !names.every(isLitter));
  }

  /**
   * Adds section `z` as its rows come, whole or not at all; the first one of all with `plan`.
   *
   * @throws FinishedElsewhere; PlannedElsewhere when another plan came first; EnvironmentError when the disk is full or not
   * writable, or the folder was removed.
   */
  async add(z: number, { width, height, dtype, rows }: SectionToAdd, plan: Plan): Promise<void> {
    if (this.#isClaimed) await this.#requireUnfinished();
    else await this.begin();
    const file = this.#section(z);
    try {
      await replaceFile(file, async (handle) => {
        const sink = tiffSink(fileSink(handle), { width, height, dtype, depth: 1 });
        for await (const part of rows) {
          await sink.write(0, { x: 0, y: part.y, width, height: part.height }, part.data);
        }
        await sink.close();
        if (this.#isClaimed) return;
        // A full disk is found here, before there is a plan.
        await handle.sync();
        await this.#claim(plan);
      });
    } catch (error) {
      if (this.#isClaimed || !(await exists(this.folder))) await this.#requireUnfinished();
      throw error;
    }
    await this.#requireUnfinished().catch(async (error: unknown) => {
      await rm(file, { force: true });
      await this.leave();
      throw error;
    });
  }

  /** Removes the sections `places`, and all where no section is left. */
  async withdraw(places: readonly number[]): Promise<void> {
    for (const z of places) await rm(this.#section(z), { force: true });
    if ((await this.done()).size === 0) await this.clear();
  }

  /**
   * The rows of section `z`, which is done, from its top to its bottom.
   *
   * @param dtype as it was added. @throws EnvironmentError when its file is damaged.
   */
  async *read(z: number, dtype: StoredDtype): AsyncGenerator<StoredImage & { readonly y: number }, void, undefined> {
    const file = this.#section(z);
    try {
      const { source, valuesOf } = await openWritten(file, dtype);
      try {
        for await (const rows of bandsOf(source, 0)) {
          const data = valuesOf(rows.data);
          if (data === undefined) throw new InvalidImageError(`${file} is not ${dtype}.`);
          yield { ...rows, data };
        }
      } finally {
        await source.close?.();
      }
    } catch (cause) {
      const why = (cause as Error).message;
      throw new EnvironmentError(`${why} Remove ${file}: the same command computes that section anew.`, { cause });
    }
  }

  /**
   * Whether the output was finished from the plan that is here: `stale` where it is another one since, or gone.
   */
  async finished(): Promise<'no' | 'yes' | 'stale'> {
    const file = path.join(this.folder, FINISHED);
    if (!(await exists(file))) return 'no';
    const made = readJsonFile<OutputFacts>(file, ['size', 'mtimeMs']);
    if (made === undefined) return 'stale';
    // Older versions noted the folder itself.
    const now = [await outputFacts(this.output), await factsOf(this.output)];
    return now.some((facts) => isSame(made, facts)) ? 'yes' : 'stale';
  }

  /** Notes that the output is in place, and removes what it was made of. @param keepRecord for parts that come late. */
  async finish(keepRecord: boolean): Promise<void> {
    await writeJsonFile(path.join(this.folder, FINISHED), (await outputFacts(this.output)) ?? {});
    await this.tidy(keepRecord);
  }

  /** Removes what the output that is in place was made of. @param keepRecord as in `finish`. */
  async tidy(keepRecord: boolean): Promise<void> {
    await this.#remove((name) => name !== PLAN && name !== FINISHED);
    if (!keepRecord) await this.clear();
  }

  /** Removes all that is the program's, the plan behind its sections. */
  async clear(): Promise<void> {
    for (const isNext of [
      (name: string) => name !== PLAN && name !== FINISHED,
      (name: string) => name === PLAN,
      isOurs,
    ]) {
      await this.#remove(isNext);
    }
    await this.leave();
    this.#isClaimed = false;
  }

  /** Removes the folder where nothing is in it, or no more than file managers put there. */
  async leave(): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    if (!names.every(isLitter)) return;
    // What cannot be removed, as a file that NFS keeps while it is open, keeps the folder.
    for (const name of names) await rm(path.join(this.folder, name)).catch(() => undefined);
    await rmdir(this.folder).catch(() => undefined);
  }

  async #remove(isNext: (name: string) => boolean): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    for (const name of names.filter((one) => isOurs(unfinishedTarget(one) ?? one) && isNext(one))) {
      await rm(path.join(this.folder, name), { force: true });
    }
  }

  #section(z: number): string {
    return path.join(this.folder, `section-${String(z + 1).padStart(6, '0')}.tif`);
  }

  #notMade(cause: unknown): void {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return;
    const why = `${this.folder} cannot be made: ${reason(cause)}. Choose another folder for the output.`;
    throw new EnvironmentError(why, { cause });
  }

  /** @throws FinishedElsewhere when the output was finished, EnvironmentError when its plan was removed. */
  async #requireUnfinished(): Promise<void> {
    // In this order: whoever finishes notes it, removes the plan, and then the note.
    if (await exists(path.join(this.folder, FINISHED))) throw new FinishedElsewhere();
    if (await exists(path.join(this.folder, PLAN))) return;
    const now = await outputFacts(this.output);
    if (now !== undefined && !isSame(now, this.#outputBefore)) throw new FinishedElsewhere();
    throw new EnvironmentError(`${this.folder} was removed during the run. Start the same command again.`);
  }

  /** Writes the plan unless there is one. @throws PlannedElsewhere when that is another. */
  async #claim(plan: Plan): Promise<void> {
    const file = path.join(this.folder, PLAN);
    const temporary = unfinishedName(file);
    try {
      await writeFile(temporary, `${JSON.stringify(plan, undefined, 2)}\n`, { flag: 'wx', flush: true });
      if (!(await isFirst(temporary, file, `${this.folder}.lock`))) {
        const there = await this.plan();
        if (there !== undefined && !isSamePlan(there, plan)) throw new PlannedElsewhere(there);
      }
    } finally {
      await rm(temporary, { force: true });
    }
    this.#isClaimed = true;
  }
}

/** Gives the file at `temporary` the name `file` unless that is taken. @param lock of those who do so without links. @returns whether. */
async function isFirst(temporary: string, file: string, lock: string): Promise<boolean> {
  try {
    // A link appears with its content, and fails where another process was first.
    await link(temporary, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    if (!isWithoutLinks(error)) throw error;
  }
  // A renaming replaces what is there: one process at a time looks and renames.
  return withLock(lock, async () => {
    if (await exists(file)) return false;
    await rename(temporary, file);
    return true;
  });
}

/** Where the parts of `output` are. */
function partsFolder(output: string): string {
  return `${path.resolve(output)}.parts`;
}

const exists = (place: string): Promise<boolean> =>
  stat(place).then(
    () => true,
    () => false,
  );

/** Of the file at `output`, or of one in that folder: file managers add files of their own, which changes the folder's time. */
async function outputFacts(output: string): Promise<OutputFacts | undefined> {
  const isFolder = await stat(output).then(
    (there) => there.isDirectory(),
    () => false,
  );
  if (!isFolder) return factsOf(output);
  return (await factsOf(path.join(output, 'zarr.json'))) ?? factsOf((await sectionFiles(output))[0] ?? output);
}

async function factsOf(file: string): Promise<OutputFacts | undefined> {
  const there = await stat(file).catch(() => undefined);
  // Machines that share a file system may show fractions of a millisecond or not.
  return there && { size: there.size, mtimeMs: Math.floor(there.mtimeMs) };
}

/** @param a as it was read: older versions noted fractions. */
function isSame(a: OutputFacts, b: OutputFacts | undefined): boolean {
  return a.size === b?.size && Math.floor(a.mtimeMs) === b.mtimeMs;
}
