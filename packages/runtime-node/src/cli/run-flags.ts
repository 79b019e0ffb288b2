import { InvalidArgumentError, Option } from 'commander';
import { parsePart, partOfArray, WHOLE, type Part } from '../parts/part.ts';

/** What the flags below say. */
export interface RunJob {
  readonly part?: Part | 'auto';
  readonly status: boolean;
}

/** The flags that share one output among processes. */
export function runFlags(): readonly Option[] {
  return [
    new Option(
      '--part <i/n>',
      'do the i-th of n shares of the sections, and write the output when all are there; auto: as the array of jobs says ' +
        '(Slurm, Kubernetes, AWS Batch; docs/cluster.md)',
    ).argParser(part),
    new Option(
      '--status',
      'say which sections of --output are done and which are left, of the parts of --part; ends with 0 when the output is there, ' +
        'with 3 when something is left',
    ).default(false),
  ];
}

function part(text: string): Part | 'auto' {
  const parsed = text === 'auto' ? 'auto' : parsePart(text);
  if (parsed !== undefined) return parsed;
  throw new InvalidArgumentError('It must be i/n with i from 1 to n, for example 2/7, or auto.');
}

/** The part of this process. @throws InvalidOptionError as `partOfArray`. */
export function partOf({ part: asked = WHOLE }: Pick<RunJob, 'part'>): Part {
  return asked === 'auto' ? partOfArray(process.env) : asked;
}
