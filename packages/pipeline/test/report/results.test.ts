import { describe, expect, it } from 'vitest';
import { conclusions, fittingSection, heldOutTables, runsTable, spreadText } from '../../src/report/results.ts';
import { heldOutBlocks, protocolSection, provenance } from '../../src/report/setting.ts';
import { trialResult, variantResults } from '../support/trial-result.ts';

const around = (vRand: number, runs = 6) =>
  Array.from({ length: runs }, (_, i) => ({ vRand: vRand + (i % 3) * 0.001 }));
/** The cells of a row of one of the tables, without emphasis and with plain spaces. */
const row = (markdown: string | null, heading: string, table = 0): string[] | undefined =>
  (markdown ?? '')
    .replaceAll('\u00a0', ' ')
    .split('\n')
    .filter((line) => line.startsWith(`| ${heading} |`))
    .at(table)
    ?.split(' | ')
    .slice(1)
    .map((cell) => cell.replace(/ \|$/, ''));

describe('conclusions', () => {
  it('name the best network and those that are significantly lower', () => {
    const variants = [
      variantResults('unet', around(0.95)),
      variantResults('dilated-unet', around(0.97)),
      variantResults(
        'unet-a',
        [0, 0.02, -0.01, 0, 0.01, -0.02].map((d) => ({ vRand: 0.9705 + d })),
      ),
    ];
    const text = conclusions('holdout', variants);
    expect(text).toContain('Dilated U-net has the highest mean V_Rand,** 0.9710 (n = 6).');
    expect(text).toMatch(/Significantly lower: U-net\./);
    expect(text).toMatch(/Not significantly different: U-net A\./);
  });

  it('claim nothing from a few runs', () => {
    const text = conclusions('kfold', [
      variantResults('unet', around(0.5, 2)),
      variantResults('unet-a', around(0.9, 2)),
    ]);
    expect(text).toMatch(/`--folds 3` or more\), too few to tell: U-net\./);
    expect(text).not.toMatch(/[Ss]ignificantly/);
  });

  it.each(['holdout', 'kfold'] as const)('give an answer from three seeds or five folds: %s', (protocol) => {
    const of = (vRand: number) =>
      around(vRand, protocol === 'kfold' ? 5 : 3).map((run, i) =>
        protocol === 'kfold' ? { ...run, fold: i + 1, seed: 1 } : run,
      );
    const text = conclusions(protocol, [variantResults('unet', of(0.7)), variantResults('unet-a', of(0.95))]);
    expect(text).toContain('Significantly lower: U-net.');
    const two = conclusions('holdout', [
      variantResults('unet', around(0.7, 2)),
      variantResults('unet-a', around(0.95, 2)),
    ]);
    expect(two).toContain('(the same command with `--seeds 3` adds them), too few to tell: U-net.');
  });

  it('say over how many runs the best is the best, where some are missing', () => {
    const text = conclusions('holdout', [
      variantResults('unet', around(0.95, 3)),
      variantResults('unet-a', around(0.9)),
    ]);
    expect(text).toContain('0.9510 (n = 3, the folds and seeds that all compared networks have run).');
  });

  it('rank nothing under the original’s protocol, and say that nothing is held out', () => {
    const text = conclusions('original', [variantResults('unet', around(0.9)), variantResults('unet-a', around(0.95))]);
    expect(text).toContain('nothing is held out');
    expect(text).not.toContain('V_Rand');
  });

  it('compare nothing with one network, and nothing from nothing', () => {
    expect(conclusions('kfold', [variantResults('unet', around(0.9))])).toContain('nothing to compare');
    expect(conclusions('kfold', [{ variant: 'unet', trials: [], results: [] }])).toContain('nothing to compare');
  });

  it('say how many trials are missing', () => {
    const one = variantResults('unet', around(0.9));
    expect(conclusions('kfold', [one])).not.toContain('Not complete');
    expect(conclusions('kfold', [{ ...one, trials: [...one.trials, ...one.trials] }])).toContain('6 of 12 trials');
  });

  it('say by how much the symmetries change each run', () => {
    const gains = [0.01, 0.012, 0.013].map((gain) => ({ vRand: 0.9, averagedVRand: 0.9 + gain }));
    const text = conclusions('holdout', [variantResults('unet', gains)]).replaceAll('\u00a0', ' ');
    expect(text).toContain('U-net 0.0117 [0.0079, 0.0155], n = 3');
    expect(conclusions('holdout', [variantResults('unet', [{}])])).not.toContain('symmetries');
  });
});

it('a number has its spread to the same place', () => {
  const text = (deviation: number | null) => spreadText({ mean: 0.95456, deviation, count: 3 }, 4);
  expect(text(0.00124).replaceAll('\u00a0', ' ')).toBe('0.9546 ± 0.0012');
  expect(text(null)).toBe('0.9546');
  expect(spreadText(null, 3)).toBe('–');
});

describe('heldOutTables', () => {
  const [worse, better] = [variantResults('unet', around(0.949)), variantResults('dilated-unet', around(0.969))];

  it('have means with spread, and differences to the best with their interval', () => {
    const text = heldOutTables([worse, better], 'plain');
    expect(row(text, 'V_Rand ↑')).toEqual(['0.9500 ± 0.0009', '**0.9700 ± 0.0009**']);
    expect(row(text, 'V_Rand ↑', 1)).toEqual(['**−0.0200 [−0.0200, −0.0200]**', 'best']);
    expect(row(text, 'warping error ↓')?.[0]).toBe('0.000400 ± 0.000000');
    expect(text).toContain('(n = 6)');
  });

  it('mark nothing where the interval includes 0', () => {
    const text = heldOutTables([worse, better], 'plain');
    expect(row(text, 'V_Info ↑', 1)?.filter((cell) => cell !== 'best')).toEqual(['0.0000 [0.0000, 0.0000]']);
    expect(row(text, 'V_Info ↑')?.join()).not.toContain('**');
  });

  it('say so where there is one run of each network, and compare nothing', () => {
    const text = heldOutTables([variantResults('unet', [{}]), variantResults('dilated-unet', [{}])], 'plain');
    expect(text).toContain('a difference may be chance');
    expect(row(text, 'V_Rand ↑', 1)).toBeUndefined();
  });

  it('are null where nothing was measured', () => {
    expect(heldOutTables([better], 'symmetries')).toBeNull();
  });
});

describe('fittingSection', () => {
  const variants = [variantResults('unet-a', [{ validationLoss: 0.3, steps: 100 }]), variantResults('other', [{}])];

  it('sets the original’s numbers under ours', () => {
    const text = fittingSection('original', variants);
    expect(row(text, 'validation loss')?.[0]).toBe('0.3000');
    const originals = [0, 1, 2, 3].map((i) => row(text, '*in the original’s table*', i));
    expect(originals).toEqual([
      ['0.073', '–'],
      ['0.0864', '–'],
      ['0.981', '–'],
      ['0.980', '–'],
    ]);
  });

  it('says how long the training was beside the original’s', () => {
    const of = (steps: number) => fittingSection('original', [variantResults('unet', [{ steps }])]);
    expect(of(100)).toMatch(/saw 2 % of those pixels\. Shorter training/);
    expect(of(5000)).toMatch(/saw 100 % of those pixels\./);
    expect(of(5000)).not.toContain('Shorter training');
  });

  it('does not compare held-out numbers with trained-on ones', () => {
    expect(fittingSection('holdout', variants)).toContain('not comparable');
    expect(fittingSection('original', variants)).not.toContain('not comparable');
  });
});

it('runsTable has size, reach, cost and how far the networks were run', () => {
  const one = variantResults('dilated-unet', [{ steps: 100 }, { steps: 250 }]);
  const text = runsTable([{ ...one, trials: [...one.trials, ...one.trials] }, variantResults('unet', [])]);
  expect(row(text, 'parameters')).toEqual(['2,772,816', '–']);
  expect(row(text, 'receptive field radius, px')).toEqual(['553', '–']);
  expect(row(text, 'steps run')).toEqual(['100–250', '–']);
  expect(row(text, 'epochs run')).toEqual(['10–25 of 500', '–']);
  expect(row(text, 'runs finished')).toEqual(['2 of 4', '0 of 0']);
});

it('provenance says which weights were scored', () => {
  const result = trialResult('unet');
  const of = (changes: Partial<typeof result.config>): string => {
    const trial = { trial: result.trial, folder: '/', result: { ...result, config: { ...result.config, ...changes } } };
    const results = {
      protocol: 'holdout',
      data: '',
      command: 'run',
      trials: [trial],
      trainingImages: '',
      trainingLabels: '',
      labelKind: 'interior',
    };
    return provenance(results as Parameters<typeof provenance>[0], new Date(0));
  };
  expect(of({})).toContain('weights: of the last step\n');
  expect(of({ exportWeights: 'best' })).toContain('weights: of the lowest validation loss\n');
  expect(of({ calibrationWindows: 64 })).toMatch(/weights: of the last step; .* 64 windows/);
  const few = { epochs: 8, stepsPerEpoch: 1, batchSize: 1, calibrationWindows: 1 };
  expect(of(few)).toMatch(/training: 8 epochs of 1 step of 1 window of 512 × 512.*\n(.*\n)*.* measured on 1 window\n/);
});

describe('protocolSection', () => {
  const facts = { sections: 30, trivialDice: 0.8765 };
  const result = trialResult('unet');

  it('says of the original’s protocol that nothing is held out', () => {
    const text = protocolSection('original', [], facts);
    expect(text).toContain('Nothing is held out');
    expect(text).toContain('0.876');
  });

  it('names the held-out blocks, counted from 1', () => {
    expect(protocolSection('holdout', [result], facts)).toContain('25–30 of 30');
    const folds = [0, 6, 12].map((holdOutFrom) => ({ ...result, config: { ...result.config, holdOutFrom } }));
    expect(heldOutBlocks([...folds].reverse(), 30)).toEqual(['1–6', '7–12', '13–18']);
    expect(heldOutBlocks([{ ...result, config: { ...result.config, holdOut: 1 } }], 30)).toEqual(['30']);
  });

  it('warns where the held-out block chose the weights or the end', () => {
    expect(protocolSection('holdout', [result], facts)).not.toContain('Optimistic');
    const chosen = {
      ...result,
      config: { ...result.config, exportWeights: 'best' as const, earlyStopping: { patience: 5, minDelta: 0 } },
    };
    expect(protocolSection('holdout', [chosen], facts)).toMatch(/Optimistic.* the weights and the end of training/);
  });

  it('repeats what the trials were warned of, once', () => {
    expect(protocolSection('original', [result], facts)).not.toContain('Warning');
    const warned = { ...result, warnings: ['labels.tif: bright is labelled as membrane.'] };
    for (const protocol of ['original', 'holdout'] as const) {
      const text = protocolSection(protocol, [warned, warned], facts);
      expect(text.split('**Warning:** labels.tif: bright is labelled as membrane.')).toHaveLength(2);
    }
  });

  it('says which model the trainings began from, whose sections must not be these', () => {
    expect(protocolSection('kfold', [result], facts)).not.toContain('began from');
    const init = { path: '/m', name: 'axons', sha256: 'a'.repeat(64), newHead: false };
    const text = protocolSection('kfold', [{ ...result, config: { ...result.config, init } }], facts);
    expect(text).toMatch(/began from the weights of `axons, all layers` \(SHA-256 a{64}\).* did not see them either/);
  });

  it('says where labels lie beside the images, in the mean over the trials', () => {
    expect(protocolSection('holdout', [result, { ...result, labelOffset: null }], facts)).not.toContain('registered');
    const beside = [-0.5, -0.6].map((y) => ({ ...result, labelOffset: { y, x: 0.1, correlation: 0.5 } }));
    expect(protocolSection('kfold', beside, facts)).toContain('0.55 pixels above and 0.10 right of the tissue');
  });
});
