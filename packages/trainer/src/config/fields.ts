import { z } from 'zod';
import { stacksOf, type StackConfig } from './stacks.ts';
import { flagText, type FlagText } from './flags.ts';
import { trainConfigSchema, type TrainConfig } from './schema.ts';

/** A field of a configuration that is set as one. */
export interface ConfigField {
  /** Names from the configuration down to it, for example `schedule.baseRate`. */
  readonly path: string;
  /** What it holds, without its default. */
  readonly schema: z.ZodType;
  /** How a command line sets it; undefined where none does. */
  readonly text: FlagText | undefined;
}

/** The fields of an object, those of objects in it included, in order. */
export function fieldsOf({ shape }: z.ZodObject, prefix = ''): readonly ConfigField[] {
  return Object.entries(shape).flatMap(([name, outer]) => {
    const [path, schema] = [`${prefix}${name}`, unwrapped(outer as z.ZodType)];
    if (schema instanceof z.ZodObject) return fieldsOf(schema, `${path}.`);
    return [{ path, schema, text: flagText(outer as z.ZodType) }];
  });
}

/** The fields of a training configuration. */
export const CONFIG_FIELDS: readonly ConfigField[] = fieldsOf(trainConfigSchema);

/** What a field is in two configurations; undefined where it is not there. */
export interface ConfigDifference {
  readonly field: string;
  readonly before: unknown;
  readonly now: unknown;
}

/** Where a model lies and what it is called there: its hash says which one it is. */
const NOT_COMPARED: readonly string[] = ['init.path', 'init.name'];

/**
 * The fields in which two configurations differ, in order; none: they are of the same run. Where stacks lie does not count: which of
 * their sections are meant does, and what is in them, which a configuration does not say. Nor does it count where the model lies
 * that a training begins from.
 */
export function configDifferences(before: TrainConfig, now: TrainConfig): readonly ConfigDifference[] {
  const areStacks = before.data.kind === 'stacks' && now.data.kind === 'stacks';
  const areSeveral = before.data.kind === 'several' && now.data.kind === 'several';
  return CONFIG_FIELDS.map(({ path }) => (path === 'data' && areStacks ? 'data.select' : path))
    .filter((path) => !NOT_COMPARED.includes(path))
    .map((path) => {
      const of = (config: TrainConfig): unknown =>
        path === 'data' && areSeveral ? stacksOf(config.data).map(withoutPaths) : valueAt(config, path);
      return { field: path, before: of(before), now: of(now) };
    })
    .filter((field) => JSON.stringify(field.before) !== JSON.stringify(field.now));
}

/** What of a stack among several does not depend on where it lies. */
function withoutPaths({ name, select, weight, heldOut }: StackConfig): object {
  return { name, select, weight, heldOut };
}

/** The value of a field; undefined where what it would stand in is not there. */
function valueAt(config: TrainConfig, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], config);
}

function unwrapped(schema: z.ZodType): z.ZodType {
  const isWrapper =
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable;
  return isWrapper ? unwrapped(schema.unwrap() as z.ZodType) : schema;
}
