import { SEEDS_OPTIONS } from '@dilated-unet/core';
import { integerOption, numberOption } from '@dilated-unet/host';
import { Option } from 'commander';
import { RESULT_OPTIONS, type ResultOption } from '../results/index.ts';
import { DTYPE_OPTIONS, type ResultOptions } from '../results/result.ts';

/** What the flags below say. */
export interface ResultJob extends ResultOptions {
  /** Absent: `probabilities` says it, or it is a mask. */
  readonly result?: ResultOption;
  readonly probabilities: boolean;
}

/** The flags that say what is written; without defaults, since those of another result are refused where they are given. */
export function resultFlags(): readonly Option[] {
  return [
    new Option(
      '--result <kind>',
      'what is written: a mask, probabilities of cell interior, or cell instances (default: mask)',
    )
      .choices(RESULT_OPTIONS)
      .conflicts('probabilities'),
    new Option('--probabilities', 'the same as --result probabilities').default(false),
    new Option(
      '--threshold <probability>',
      'mask, instances: a pixel is interior above this; 0 to 1 (default: 0.5)',
    ).argParser(numberOption({ least: 0, most: 1 })),
    new Option('--dtype <type>', 'probabilities: how they are stored; uint8: 255 is 1 (default: float32)').choices(
      DTYPE_OPTIONS,
    ),
    new Option('--min-size <pixels>', 'instances: smaller cells are left out (default: 0, none)').argParser(
      integerOption({ least: 0 }),
    ),
    new Option(
      '--seeds <by>',
      'instances: cells grow from peaks of the probability, or of the distance to the membrane (default: h-maxima)',
    ).choices(SEEDS_OPTIONS),
    new Option(
      '--seed-height <number>',
      'instances: how far a peak rises that is a cell of its own: a probability, or pixels for distance (default: 1, which no ' +
        'probability does: each piece of interior is one cell, as V_Rand takes it)',
    ).argParser(numberOption({ least: 0 })),
  ];
}
