import type { Form } from './form.ts';
import { fp16 } from './fp16.ts';
import { fp32, fp32Wasm } from './fp32.ts';
import { int8 } from './int8.ts';

/** By what a form is named: its engine, or its precision where it is for all engines. */
export const formName = ({ precision, engine }: Form): string => engine ?? precision;

/** All forms of a package, in its order. The first is the one for every program: it is always written. */
export const FORMS: readonly [Form, ...Form[]] = [fp32, fp32Wasm, fp16, int8];
