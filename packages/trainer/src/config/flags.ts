import { z } from 'zod';

/** How a command line sets a field. Kind, choices and bounds of the value are those of the field. */
export interface FlagText {
  /** As typed, for example `--max_lr`; the original's flags keep its underscores. */
  readonly flag: string;
  /** Name of the value in the help; none: a switch, which its `--no-` form turns off. */
  readonly value?: string;
  /** Part of the help in which it stands. */
  readonly group: string;
  readonly help: string;
}

/** The texts of all fields that a command line sets. */
const TEXTS = z.registry<FlagText>();

/** How a command line sets the field that `schema` is; undefined where none does. */
export function flagText(schema: z.ZodType): FlagText | undefined {
  return TEXTS.get(schema);
}

/**
 * Makes fields that a command line sets.
 *
 * @param group part of the help in which they stand.
 * @returns a function of a field's schema, what is typed (`--epochs N`: the flag and the name of its value) and its help.
 */
export function flagsIn(group: string): <T extends z.ZodType>(schema: T, typed: string, help: string) => T {
  return (schema, typed, help) => {
    const [flag = '', value] = typed.split(' ');
    TEXTS.add(schema, { flag, group, help, ...(value !== undefined && { value }) });
    return schema;
  };
}
