import { expect, test } from 'vitest';
import { misplacedTransposes } from '../src/transposes.ts';

/** A chain of these operations, named by their places: `Transpose1`. */
const chain = (...ops: readonly string[]) =>
  ops.map((op, i) => ({ op, name: `${op}${i}`, inputs: [`t${i}`], outputs: [`t${i + 1}`] }));

test('one before the convolutions and one behind them is right', () => {
  expect(misplacedTransposes(chain('Transpose', 'Conv', 'Relu', 'Conv', 'Sigmoid', 'Transpose'))).toEqual([]);
});

test('each that stands between convolutions is named', () => {
  expect(misplacedTransposes(chain('Conv', 'Transpose', 'Relu', 'Transpose', 'Conv'))).toEqual([
    'no Transpose may stand between convolutions, Transpose1 does',
    'no Transpose may stand between convolutions, Transpose3 does',
  ]);
});

test('more than one at an end are counted', () => {
  expect(misplacedTransposes(chain('Transpose', 'Transpose', 'Conv', 'Transpose', 'Transpose', 'Transpose'))).toEqual([
    'at most one Transpose may stand before the convolutions, 2 do',
    'at most one Transpose may stand after the convolutions, 3 do',
  ]);
});
