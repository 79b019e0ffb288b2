import { CONFIG_FIELDS, fieldsOf, flagsIn, type ConfigField, type FlagText } from '@dilated-unet/trainer';
import { z } from 'zod';

/** Titles of the parts of a help text, in their order. */
const GROUPS = {
  experiment: 'Experiment:',
  rates: 'Rates:',
  data: 'Data (without any: the built-in phantom):',
  network: 'Network:',
  training: 'Training:',
  run: 'Run:',
} as const;

/** Makes fields of a command's own, in a part of its help; see `flagsIn` of the trainer. */
export const flags = (group: keyof typeof GROUPS): ReturnType<typeof flagsIn> => flagsIn(group);

/** A field that is given any number of times, a text each. */
export const texts = (): z.ZodOptional<z.ZodArray<z.ZodString>> => z.array(z.string()).optional();

/** A field that is optional text. */
export const text = (): z.ZodOptional<z.ZodString> => z.string().optional();

/** One flag of a command, as its field says. */
export interface Flag extends FlagText {
  /** Field that it sets. */
  readonly path: string;
  readonly kind: 'text' | 'number' | 'integer' | 'bit' | 'switch' | readonly string[];
  /** Whether it may be given more than once, a value each time. */
  readonly isList: boolean;
  /** Whether the field is one of the training configuration, and not the command's own. */
  readonly ofConfig: boolean;
}

/** The flags of a command in the order of its help: in each part its own ones, then those of the configuration. */
export function flagsOf(own: z.ZodObject, ofConfig: (field: ConfigField) => boolean): readonly Flag[] {
  const all = [
    ...fieldsOf(own).flatMap((field) => flagOf(field, false)),
    ...CONFIG_FIELDS.filter(ofConfig).flatMap((field) => flagOf(field, true)),
  ];
  return Object.values<string>(GROUPS).flatMap((title) => all.filter(({ group }) => group === title));
}

function flagOf({ path, schema: outer, text: flagText }: ConfigField, ofConfig: boolean): readonly Flag[] {
  if (flagText === undefined) return [];
  const isList = outer instanceof z.ZodArray;
  const schema = isList ? (outer.element as z.ZodType) : outer;
  const kind = kindOf(schema, flagText.value !== undefined);
  const unnamed = typeof kind === 'object' && !kind.every((choice) => flagText.help.includes(choice));
  const help = unnamed ? `${flagText.help}: one of ${kind.join(', ')}` : flagText.help;
  return [{ ...flagText, help, group: GROUPS[flagText.group as keyof typeof GROUPS], path, kind, isList, ofConfig }];
}

function kindOf(schema: ConfigField['schema'], hasValue: boolean): Flag['kind'] {
  if (schema instanceof z.ZodBoolean) return hasValue ? 'bit' : 'switch';
  if (schema instanceof z.ZodEnum) return schema.options.map(String);
  if (schema instanceof z.ZodNumber) return schema.isInt ? 'integer' : 'number';
  return 'text';
}

/** Fields of the configuration that a command has under another name. */
const RENAMED: Readonly<Record<string, string>> = {
  'network.name': 'variant',
  'data.ignoreMask': 'ignoreMask',
  'data.stacks': 'data',
  'data.stacks.images': 'data',
  'data.stacks.weight': 'weight',
  'data.stacks.heldOut': 'holdOutStack',
};

/**
 * The flag under which the user of a command knows a field, its own or one of the configuration; of `field: false` the one that
 * turns a switch off; other names as they are.
 */
export function flagNames(own: z.ZodObject): (field: string) => string {
  const fields = [...fieldsOf(own), ...CONFIG_FIELDS];
  return (name) => {
    const [field, isOff] = name.endsWith(': false') ? [name.slice(0, -': false'.length), true] : [name, false];
    const known = RENAMED[field.replace(/\.\d+\./, '.')] ?? field;
    const flag = fields.find(({ path, text: found }) => path === known && found !== undefined)?.text?.flag ?? name;
    return isOff ? flag.replace(/^--/, '--no-') : flag;
  };
}
