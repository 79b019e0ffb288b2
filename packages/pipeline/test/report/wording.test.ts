import { describe, expect, it } from 'vitest';
import { againstOriginal } from '../../src/report/against-original.ts';
import { conclusions, decision, separation, symmetries } from '../../src/report/conclusions.ts';
import type { Block, Text } from '../../src/report/document.ts';
import { heldOutMeasures } from '../../src/report/measures.ts';
import { protocolSection } from '../../src/report/protocol.ts';
import { partResult, variantResults, type PartNumbers } from '../support/part-result.ts';

const plain = (text: Text | null): string =>
  (text ?? [])
    .map((piece) =>
      typeof piece === 'string' ? piece : 'strong' in piece ? piece.strong : 'code' in piece ? piece.code : piece.text,
    )
    .join('');
const all = (blocks: readonly Block[]): string =>
  blocks
    .map((block) =>
      block.kind === 'list' ? block.items.map(plain).join('\n') : block.kind === 'paragraph' ? plain(block.text) : '',
    )
    .join('\n');
const spreadOut = (base: PartNumbers): PartNumbers[] =>
  [-1, 0, 1].map((k) => ({
    ...base,
    vRand: (base.vRand ?? 0.95) + k * 0.002,
    vInfo: (base.vInfo ?? 0.98) + k * 0.001,
  }));

describe('decision', () => {
  it('names the network that V_Rand puts above all others', () => {
    const text = plain(
      decision('holdout', [
        variantResults('unet', spreadOut({ vRand: 0.95 })),
        variantResults('dilated-unet', spreadOut({ vRand: 0.97 })),
      ]),
    );
    expect(text).toBe(
      'Which network? Dilated U-net. V_Rand puts U-net (difference 0.0200, spread 0.0020) below the best by more than the spread.',
    );
  });

  it('asks V_Info where V_Rand does not tell', () => {
    const variants = [
      variantResults('unet', spreadOut({ vInfo: 0.99 })),
      variantResults('dilated-unet', spreadOut({ vInfo: 0.98 })),
    ];
    expect(plain(decision('kfold', variants))).toBe(
      'Which network? U-net. V_Rand does not tell the networks apart (difference 0.0000, spread 0.0020); ' +
        'V_Info puts Dilated U-net (difference 0.0100, spread 0.0010) below the best by more than the spread.',
    );
  });

  it('decides nothing where no measure does, and says what is cheaper', () => {
    const variants = [
      variantResults('unet', spreadOut({})),
      variantResults('dilated-unet', spreadOut({ vRand: 0.951 })),
    ];
    const text = plain(decision('holdout', variants));
    expect(text).toContain('The measures do not decide it.');
    expect(text).toContain('Of these U-net costs less in use: exact tiles need a margin of 90 pixels, not 553.');
  });

  it('claims nothing from one run of each', () => {
    const text = plain(
      decision('holdout', [variantResults('unet', [{ vRand: 0.5 }]), variantResults('dilated-unet', [{ vRand: 0.9 }])]),
    );
    expect(text).toContain('Not decided yet: the networks have one run in common, and it takes 3');
    expect(text).toContain('So far Dilated U-net has the highest V_Rand, 0.9000.');
  });

  it('decides nothing under seed, nor with one network', () => {
    const two = [variantResults('unet', spreadOut({ vRand: 0.9 })), variantResults('dilated-unet', spreadOut({}))];
    expect(plain(decision('seed', two))).toContain(
      'Not to be decided here: under this protocol the validation sections were trained on.',
    );
    expect(plain(decision('kfold', two.slice(0, 1)))).toBe(
      'Which network? Only U-net was run, so there is nothing to compare it with.',
    );
  });
});

describe('separation', () => {
  it('sorts the measures by whether they tell the networks apart', () => {
    const variants = [
      variantResults('unet', spreadOut({ vRand: 0.95 })),
      variantResults('dilated-unet', spreadOut({ vRand: 0.97 })),
    ];
    const text = plain(separation(heldOutMeasures('plain').slice(0, 2), variants));
    expect(text).toBe(
      'Told apart by more than the spread over runs: V_Rand (difference 0.0200, spread 0.0020). ' +
        'Not told apart: V_Info (difference 0.0000, spread 0.0010).',
    );
  });

  it('does not judge without a spread', () => {
    const text = plain(
      separation(heldOutMeasures('plain'), [variantResults('unet', [{}]), variantResults('dilated-unet', [{}])]),
    );
    expect(text).toContain('No measure tells the networks apart yet: with one run in common the spread is not known.');
  });
});

describe('symmetries', () => {
  it('says how much they change, and whether that is more than chance', () => {
    const gains = (by: readonly number[]) => by.map((gain) => ({ vRand: 0.9, averagedVRand: 0.9 + gain }));
    const variants = [
      variantResults('unet', gains([0.01, 0.01, 0.013])),
      variantResults('unet-a', gains([-0.01, 0.01, 0.003])),
    ];
    const text = plain(symmetries(variants));
    expect(text).toContain('U-net +0.0110 ± 0.0017; U-net A +0.0010 ± 0.0101 (not told apart from no change).');
    expect(symmetries([variantResults('unet', [{}])])).toBeNull();
  });
});

describe('conclusions', () => {
  it('say what is missing and who is not compared', () => {
    const few = variantResults('dilated-unet', [{}, {}]);
    const variants = [
      variantResults('unet', spreadOut({})),
      variantResults('unet-a', spreadOut({})),
      { ...few, parts: [...few.parts, ...few.parts] },
    ];
    const text = all(conclusions('holdout', variants));
    expect(text).toContain('Not complete: 8 of 10 parts have been run; the missing ones are named at the end.');
    expect(text).toContain('Not compared, with fewer than 3 runs: Dilated U-net.');
  });

  it('conclude nothing from nothing', () => {
    expect(all(conclusions('kfold', [{ variant: 'unet', parts: [], results: [] }]))).toContain(
      'there is nothing to conclude',
    );
  });
});

describe('againstOriginal', () => {
  it('sets the rows side by side under seed, with the length of training', () => {
    const runs = [0.976, 0.978, 0.98].map((validationDice) => ({ validationDice, validationLoss: 0.2, steps: 100 }));
    const text = all(againstOriginal('seed', [variantResults('unet', runs)], 0.88));
    expect(text).toContain('Here it was 100 steps of 3 windows of 512 × 512, 2% of its pixels.');
    expect(text).toContain('Shorter training alone can explain a higher loss and a lower Dice.');
    expect(text).toContain(
      'Validation Dice, row by row: U-net 0.9780 ± 0.0020 against 0.979 (−0.0010, within the spread).',
    );
    expect(text).toContain('Validation loss, row by row: U-net 0.2000 ± 0.0000 against 0.106 (+0.0940).');
  });

  it('does not excuse a difference by the length of a full training', () => {
    const text = all(
      againstOriginal('seed', [variantResults('unet-a', [{ steps: 5000, validationDice: 0.98 }])], 0.88),
    );
    expect(text).not.toContain('Shorter training');
    expect(text).toContain(
      'U-net A 0.9800 against 0.980 (+0.0000). One run of each, so there is no spread to judge the differences by.',
    );
  });

  it('does not compare held-out numbers with trained-on ones', () => {
    // (0.94 - 0.88) / (1 - 0.88) = half of the way.
    const text = all(againstOriginal('holdout', [variantResults('unet', [{ interiorDice: 0.94 }])], 0.88));
    expect(text).toContain('Not comparable with its validation columns');
    expect(text).toContain('(0.880) and a perfect prediction (1) the best mean here covers 50% of the way.');
    expect(text).not.toContain('row by row');
  });
});

describe('protocolSection', () => {
  const facts = { sections: 30, trivialDice: 0.8765 };

  it('says of seed that nothing is held out', () => {
    const text = all(protocolSection('seed', [], facts));
    expect(text).toContain('the validation data is another shuffle of the same sections');
    expect(text).toContain('Nothing is held out.');
    expect(text).toContain('predicting interior everywhere scores 0.876 on the sections scored here');
  });

  it('names the held-out block, counted from 1', () => {
    const result = partResult('unet');
    expect(all(protocolSection('holdout', [result], facts))).toContain(
      'One contiguous block of sections (sections 25–30 of 30)',
    );
    const folds = [0, 6].map((holdOutFrom) => ({ ...result, config: { ...result.config, holdOutFrom } }));
    expect(all(protocolSection('kfold', folds, facts))).toContain('blocks (sections 1–6 and sections 7–12 of 30)');
  });

  it('owns up where the held-out block chose the weights or the end', () => {
    const result = partResult('unet');
    expect(all(protocolSection('holdout', [result], facts))).not.toContain('The block had a say');
    const chosen = {
      ...result,
      config: { ...result.config, exportWeights: 'best' as const, earlyStopping: { patience: 5, minDelta: 0 } },
    };
    expect(all(protocolSection('holdout', [chosen], facts))).toContain(
      'The block had a say: the weights with the lowest loss on it were kept and training ended when its loss fell no further',
    );
  });

  it('says where labels lie beside the images, in the mean over the parts', () => {
    const result = partResult('unet');
    expect(all(protocolSection('holdout', [result, { ...result, labelOffset: null }], facts))).not.toContain(
      'registered',
    );
    const beside = [-0.5, -0.6].map((y) => ({ ...result, labelOffset: { y, x: 0.1, correlation: 0.5 } }));
    expect(all(protocolSection('kfold', beside, facts))).toContain(
      'the labels lie 0.55 pixels above and 0.10 right of the tissue',
    );
  });
});
