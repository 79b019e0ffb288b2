import { InvalidOptionError, type GreyOptions, type PixelSides } from '@dilated-unet/core';
import type { Rescale } from '../rescaled-rows.ts';

/**
 * What decides the bits of an output. All processes that work at one output have the same: it is written once, beside the
 * first section, and never changed. What changes no bit is not in it: number of processes, form of the output.
 */
export interface Plan {
  readonly format: 1;
  /** Name and version of the program. */
  readonly program: string;
  readonly input: InputFacts;
  /** Places of the sections that are segmented, from 0, rising. */
  readonly sections: readonly number[];
  /** `x,y,width,height`; null for whole sections. */
  readonly region: string | null;
  /** What is written, and its options as they were given. */
  readonly result: Readonly<Record<string, unknown>>;
  readonly symmetries: boolean;
  /** As they were given. */
  readonly grey: GreyOptions;
  /** `name` is for people: the hash says which it is. */
  readonly model: { readonly name: string; readonly sha256: string };
  readonly precision: string;
  /** Kind of device: another one sums in another order. */
  readonly device: string;
  /** Largest side of a tile: where tiles meet, the last bits depend on it. */
  readonly tile: number;
  /** How pixels of the input become those of the model; null or absent where they are taken as they are. */
  readonly rescale?: Rescale;
  /** Size of a pixel as it was given, which the output states; null where it was not, absent in plans that do not note it. */
  readonly pixelSize?: PixelSides | null;
  /** How grey values are read, decided once from those of the whole stack. */
  readonly decided: GreyOptions;
}

/** By what a stack is known without reading it. */
export interface InputFacts {
  readonly shape: readonly [z: number, y: number, x: number];
  readonly dtype: string;
  /** Image, channel, time and level of a file that has several, as they were given. */
  readonly selection: Readonly<Record<string, unknown>>;
  /** An address, without what may be secret; null for files. */
  readonly address: string | null;
  /** Of an address, the hash of what its query says beside who may read; absent where that is nothing. */
  readonly query?: string;
  /** SHA-256 over the names, sizes and times of its files. */
  readonly files: string;
}

/** What is known of a plan before a model is loaded; absent is what is not known yet. */
export type AskedPlan = Omit<Plan, 'precision' | 'device' | 'tile' | 'decided'> & Partial<Plan>;

const FIELDS = ['format', 'input', 'sections', 'model', 'decided'] as const satisfies readonly (keyof Plan)[];
export const PLAN_FORMAT = 1;

/** The plan in the text of a file; undefined where it is none of this version. */
export function parsePlan(text: string): Plan | undefined {
  try {
    const value = JSON.parse(text) as Partial<Plan> | null;
    return FIELDS.every((field) => field in Object(value)) && value?.format === PLAN_FORMAT
      ? (value as Plan)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Longest description of a value in a message, characters. */
const LONGEST = 60;

/**
 * @param folder of the parts, for the message.
 * @throws InvalidOptionError saying what differs between the plan of the parts that are there and `now`, and what to do.
 */
export function requireSamePlan(before: Plan, now: AskedPlan, folder: string, output: string): void {
  const differences = differencesOf(before, now);
  if (differences.length === 0) return;
  const rule =
    `has parts of another run beside it, in ${folder}: ${differences.join('; ')}. To go on, start it as it was; to begin ` +
    'anew, remove that folder; or name another output';
  throw new InvalidOptionError('output', rule, output);
}

/** Whether `before` gives the bits that `now` gives, as far as that is known. */
export function isSamePlan(before: Plan, now: AskedPlan): boolean {
  return differencesOf(before, now).length === 0;
}

function differencesOf(before: Plan, now: AskedPlan): readonly string[] {
  const said: string[] = [];
  const compare = (name: string, was: unknown, is: unknown): void => {
    if (is !== undefined && textOf(was) !== textOf(is)) said.push(`${name} was ${short(was)}, and is ${short(is)}`);
  };
  const compareEach = (was: object, is: object): void => {
    for (const key of new Set([...Object.keys(was), ...Object.keys(is)])) {
      compare(
        `\`${key}\``,
        (was as Record<string, unknown>)[key] ?? null,
        (is as Record<string, unknown>)[key] ?? null,
      );
    }
  };
  const { input: there } = before;
  const { input: here } = now;
  compareEach(there.selection, here.selection);
  compare('the address of the `input`', there.address, here.address);
  if (there.query !== here.query)
    said.push('the query (`?...`) of the `input` differs in more than a token or signature');
  compare('the shape of the `input` (z, y, x)', there.shape, here.shape);
  compare('the type of the `input`', there.dtype, here.dtype);
  if (said.length === 0 && there.files !== here.files) said.push('the files of the `input` have changed');
  compare('`sections`', ranges(before.sections), ranges(now.sections));
  compare('`region`', before.region, now.region);
  compareEach(before.result, now.result);
  compare('`symmetries`', before.symmetries, now.symmetries);
  // What is resampled says which size it has, given or stated; plans of before it was noted do not say which was given.
  const given = before.pixelSize === undefined ? null : now.pixelSize;
  compare('`pixelSize`', before.rescale ?? before.pixelSize ?? null, now.rescale ?? given ?? null);
  compareEach(before.grey, now.grey);
  if (before.model.sha256 !== now.model.sha256) {
    const [was, is] = [before.model, now.model].map(({ name, sha256 }) => `${name} (SHA-256 ${sha256.slice(0, 12)})`);
    said.push(`\`model\` was ${was}, and is ${is}`);
  }
  for (const field of ['precision', 'device', 'tile'] as const) compare(`\`${field}\``, before[field], now[field]);
  compare('the program', before.program, now.program);
  if (said.length === 0) compare('what was decided from the grey values', before.decided, now.decided);
  return said;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function short(value: unknown): string {
  if (value === null) return 'not given';
  const text = textOf(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}

/** Sections as people count them, from 1: `1-3, 7`. @param places from 0, rising. */
export function ranges(places: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const z of places) {
    const run = runs.at(-1);
    if (run?.[1] === z - 1) run[1] = z;
    else runs.push([z, z]);
  }
  return runs.map(([first, last]) => (first === last ? `${first + 1}` : `${first + 1}-${last + 1}`)).join(', ');
}
