import { after, attribute, FLOAT, type GraphBuilder, type Output } from './builder.ts';

/** A float32 tensor that stays on the device from step to step. */
export interface Variable {
  readonly name: string;
  readonly shape: readonly number[];
  /** The resource, for operations that change it. */
  readonly handle: Output;
  /** Its value. */
  readonly value: Output;
}

/** Adds a variable that is zero until it is assigned. `initialisers` receives the operation that makes it. */
export function writeVariable(
  graph: GraphBuilder,
  name: string,
  shape: readonly number[],
  initialisers: string[],
): Variable {
  const handle = graph.add('VarHandleOp', `${name}/variable`, [], {
    dtype: FLOAT,
    shape: attribute.shape(shape),
    shared_name: attribute.string(name),
    container: attribute.string(''),
  });
  const zeros = graph.add('Fill', `${name}/zeros`, [graph.ints(shape), graph.scalar(0)], {
    T: FLOAT,
    index_type: attribute.type('DT_INT32'),
  });
  initialisers.push(after(writeAssign(graph, `${name}/initialise`, handle, zeros)));
  const value = graph.note(graph.add('ReadVariableOp', `${name}/value`, [handle], { dtype: FLOAT }), shape);
  return { name, shape, handle, value };
}

/** Adds the operation that gives the variable behind `handle` a new value; returns it for use as a control input. */
export function writeAssign(graph: GraphBuilder, name: string, handle: Output, value: Output): Output {
  return graph.add('AssignVariableOp', name, [handle, value], {
    dtype: FLOAT,
    validate_shape: attribute.bool(true),
  });
}
