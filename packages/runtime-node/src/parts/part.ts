import { InvalidOptionError } from '@dilated-unet/core';

/** Which share of the sections one process segments: the `index`th of `count`, from 1. */
export interface Part {
  readonly index: number;
  readonly count: number;
}

/** All sections. */
export const WHOLE: Part = { index: 1, count: 1 };

/** The part that `text`, `i/n`, names; undefined where it names none. */
export function parsePart(text: string): Part | undefined {
  const [index, count, ...more] = text.split('/').map((word) => (/^\d{1,9}$/.test(word) ? Number(word) : NaN));
  if (index === undefined || count === undefined || more.length > 0) return undefined;
  return index >= 1 && index <= count ? { index, count } : undefined;
}

/**
 * The sections of `part`: neighbours, so that a process reads each chunk of several sections once, and parts that differ by at
 * most one section. A part has none where there are fewer sections than parts.
 *
 * @param places of all sections that are segmented, rising.
 */
export function sectionsOfPart(places: readonly number[], { index, count }: Part): readonly number[] {
  const bound = (i: number): number => Math.floor((i * places.length) / count);
  return places.slice(bound(index - 1), bound(index));
}

/** What starts many processes of one job, and by which variables each knows its own number. */
interface ArrayVariables {
  readonly name: string;
  /** All must be there. */
  readonly needs: readonly string[];
  /** @param values of `needs`, in that order. */
  readonly part: (...values: readonly number[]) => Part;
}

const fromZero = (index = NaN, count = NaN): Part => ({ index: index + 1, count });

const ARRAYS: readonly ArrayVariables[] = [
  {
    name: 'an array of Slurm',
    needs: ['SLURM_ARRAY_TASK_ID', 'SLURM_ARRAY_TASK_COUNT', 'SLURM_ARRAY_TASK_MIN', 'SLURM_ARRAY_TASK_MAX'],
    part: (id = NaN, count = NaN, least = NaN, most = NaN) => {
      // `--array=2,5,6` has no step: its numbers say no place.
      const step = count > 1 ? (most - least) / (count - 1) : 1;
      return { index: (id - least) / step + 1, count };
    },
  },
  // Kubernetes says the number of a pod and not of how many; the manifest in deploy/ passes it.
  { name: 'an Indexed Job of Kubernetes', needs: ['JOB_COMPLETION_INDEX', 'JOB_COMPLETIONS'], part: fromZero },
  {
    name: 'an array of AWS Batch',
    needs: ['AWS_BATCH_JOB_ARRAY_INDEX', 'AWS_BATCH_JOB_ARRAY_SIZE'],
    part: fromZero,
  },
];

/**
 * The part of this process in the array of jobs that it belongs to: Slurm, a Kubernetes Indexed Job or AWS Batch.
 *
 * @param environment of the process.
 * @throws InvalidOptionError, naming the variables, when it belongs to none, one of them is missing or they are not those of
 * evenly spaced numbers.
 */
export function partOfArray(environment: Readonly<Record<string, string | undefined>>): Part {
  const array = ARRAYS.find(({ needs: [first] }) => environment[first as string] !== undefined);
  if (array === undefined) {
    const looked = ARRAYS.map(({ name, needs }) => `${needs.join(', ')} (${name})`).join('; ');
    const rule = `must be a number, as 2/7, where no array of jobs says it. These variables were looked for: ${looked}`;
    throw new InvalidOptionError('part', rule, 'auto');
  }
  const { name, needs } = array;
  const said = needs.map((variable) => `${variable}=${environment[variable] ?? '(missing)'}`).join(', ');
  const values = needs.map((variable) => Number(environment[variable] || NaN));
  const { index, count } = array.part(...values);
  const part = parsePart(`${index}/${count}`);
  if (part !== undefined) return part;
  const rule = `must find the number of this job, evenly spaced, and of how many, in ${name} (or say it, as 2/7); there is ${said}`;
  throw new InvalidOptionError('part', rule, 'auto');
}
