import { whereLabelsLie } from '../scoring/label-offset.ts';
import type { PartResult, Protocol } from '../experiment/results.ts';
import { counted, enumeration } from './names.ts';
import { heading, list, paragraph, type Block, type Text } from './document.ts';

/** What the text needs to know of the data. */
export interface DataFacts {
  /** Labelled sections. */
  readonly sections: number;
  /** Interior Dice of a prediction that calls everything interior, on the sections that are scored; null where unknown. */
  readonly trivialDice: number | null;
}

/** What the protocol does and what its numbers can and cannot say. */
export function protocolSection(
  protocol: Protocol,
  results: readonly PartResult[],
  facts: DataFacts,
): readonly Block[] {
  const trivial =
    facts.trivialDice === null
      ? 'predicting interior everywhere scores 0.88 on ISBI-2012'
      : `predicting interior everywhere scores ${facts.trivialDice.toFixed(3)} on the sections scored here`;
  const dice: Text = [
    { strong: 'Dice is of the majority class.' },
    ` It is that of the cell interior, which covers most of every section: ${trivial}. A high value says little.`,
  ];
  return [
    heading(`Protocol: ${protocol}`),
    ...(protocol === 'seed' ? seed(facts, dice) : heldOut(protocol, results, facts, dice)),
  ];
}

function seed({ sections }: DataFacts, dice: Text): readonly Block[] {
  return [
    paragraph(
      'This is the protocol of the original. Training windows are cut from a montage of all ',
      `${counted(sections, 'section')}, across the seams between them, and the validation data is another shuffle of `,
      'the same sections.',
    ),
    list(
      [
        { strong: 'Nothing is held out.' },
        ' Validation loss and Dice tell how well a network reproduces sections that it was trained on. They do not tell ',
        'how it does on new tissue, and cannot decide which network to use.',
      ],
      dice,
      [
        { strong: 'What it is for:' },
        ' comparison with the original’s table, row by row. For a choice between the networks run ',
        { code: '--protocol holdout' },
        ' or ',
        { code: '--protocol kfold' },
        '.',
      ],
    ),
  ];
}

function heldOut(
  protocol: Exclude<Protocol, 'seed'>,
  results: readonly PartResult[],
  { sections }: DataFacts,
  dice: Text,
): readonly Block[] {
  const blocks = heldOutBlocks(results, sections);
  const which = blocks.length === 0 ? '' : ` (${enumeration(blocks)} of ${sections})`;
  const opening =
    protocol === 'holdout'
      ? `One contiguous block of sections${which} was kept back and never trained on; all scores below are of that block.`
      : `The stack is divided into contiguous blocks${which}. For each block a network is trained on the sections outside ` +
        'of it and scored on the block, so that every section is scored by a network that never saw it.';
  return [
    paragraph(opening),
    list(
      [
        { strong: 'Blocks, not single sections:' },
        ' neighbouring sections look alike, so a section whose neighbours were trained on is hardly held out.',
      ],
      [
        { strong: 'Normalisation from the training sections only:' },
        ' mean and standard deviation of the grey values are theirs; nothing is measured on the held-out block.',
      ],
      ...registration(results),
      ...peeking(results),
      dice,
      [
        { strong: 'V_Rand and V_Info' },
        ' judge whether cells are kept apart and whole, as the ISBI-2012 challenge ranks them (Arganda-Carreras et al. ',
        '2015): 1 is best. Each is the best over 11 thresholds, one for all sections of a part, and the pixel error the ',
        'best over 9: chosen on the sections that they are scored on, as the challenge does. Dice, IoU and warping error ',
        'are at threshold 0.5.',
      ],
    ),
  ];
}

/** By how much labels were found to lie beside the images, in the mean over the parts; nothing where they were taken as they lie. */
function registration(results: readonly PartResult[]): Text[] {
  const offsets = results.flatMap(({ labelOffset }) => labelOffset ?? []);
  if (offsets.length === 0) return [];
  const mean = (axis: 'y' | 'x'): number => offsets.reduce((sum, offset) => sum + offset[axis], 0) / offsets.length;
  return [
    [
      { strong: 'Labels registered:' },
      ` measured on the training sections, the labels lie ${whereLabelsLie({ y: mean('y'), x: mean('x') })} of the tissue. `,
      'Networks were trained with labels on the tissue, and their predictions moved to the labels, which are as they were, for ',
      'these scores.',
    ],
  ];
}

/** Where the held-out block had a say in the training, its scores flatter. */
function peeking(results: readonly PartResult[]): Text[] {
  const ways = [
    ...(results.some(({ config }) => config.exportWeights === 'best')
      ? ['the weights with the lowest loss on it were kept']
      : []),
    ...(results.some(({ config }) => config.earlyStopping !== null)
      ? ['training ended when its loss fell no further']
      : []),
  ];
  if (ways.length === 0) return [];
  return [[{ strong: 'The block had a say:' }, ` ${enumeration(ways)}, so its scores are somewhat too good.`]];
}

/** The held-out blocks in order, as `sections 25 - 30`, counted from 1. */
export function heldOutBlocks(results: readonly PartResult[], sections: number): readonly string[] {
  const starts = new Map<number, number>();
  for (const { config } of results) {
    if (config.holdOut > 0) starts.set(config.holdOutFrom ?? sections - config.holdOut, config.holdOut);
  }
  return [...starts.entries()]
    .sort(([a], [b]) => a - b)
    .map(([from, count]) => (count === 1 ? `section ${from + 1}` : `sections ${from + 1}–${from + count}`));
}
