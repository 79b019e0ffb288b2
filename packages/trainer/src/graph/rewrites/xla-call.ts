import { attribute, type Attribute, type FunctionDef } from '../builder.ts';

/** The operation that calls a function; with the attributes below, XLA compiles the function when it first runs. */
export const XLA_CALL = 'PartitionedCall';

/** The attributes of a node that calls a function which XLA compiles. */
export function callAttributes(definition: FunctionDef): Record<string, Attribute> {
  return {
    Tin: attribute.types(definition.inputs),
    Tout: attribute.types(definition.outputs.map(({ type }) => type)),
    f: attribute.function(definition),
    config: attribute.string(''),
    config_proto: attribute.string(''),
    executor_type: attribute.string(''),
    _XlaMustCompile: attribute.bool(true),
  };
}
