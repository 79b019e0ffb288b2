import { InvalidOptionError, VARIANT_NAMES, VARIANTS } from '@dilated-unet/core';
import { PRESETS, type TrainConfig } from '@dilated-unet/trainer';
import { describe, expect, it } from 'vitest';
import { messageInFlags } from '@dilated-unet/host';
import { parseTrain, trainFlagOf } from '../../src/commands/train.ts';
import { trainingConfig, type DataPaths } from '../../src/run/settings.ts';

const DATA: DataPaths = { images: '/d/train-volume.tif', labels: '/d/train-labels.tif' };

function config(argv: string, data: DataPaths | null = null, resumed: TrainConfig | null = null): TrainConfig {
  const parsed = parseTrain(argv.split(' ').filter(Boolean));
  if (parsed.kind !== 'run') throw new Error('Help instead of a run.');
  return trainingConfig(parsed.own, parsed.config, data, { resumed });
}

/** The error of `config`, as the user reads it. */
function refusal(...args: Parameters<typeof config>): { readonly error: unknown; readonly message: string } {
  try {
    config(...args);
  } catch (error) {
    return { error, message: messageInFlags(error as Error, trainFlagOf) };
  }
  throw new Error(`Accepted: ${args[0]}`);
}

describe('trainingConfig', () => {
  it('is the phantom without data, and isbi-quick with data', () => {
    expect(config('')).toEqual(config('--preset phantom-quick'));
    expect(config('').data.kind).toBe('phantom');
    expect(config('', DATA)).toEqual(config('--preset isbi-quick', DATA));
    expect(config('', DATA).data).toEqual({ kind: 'stacks', ...DATA });
  });

  it.each(Object.keys(PRESETS))('accepts preset %s', (name) => {
    expect(config(`--preset ${name}`, DATA).epochs).toBeGreaterThan(0);
  });

  it('reads the original protocol from preset original', () => {
    expect(config('--preset original', DATA)).toMatchObject({
      window: 512,
      batchSize: 3,
      stepsPerEpoch: 10,
      epochs: 500,
      schedule: { policy: 'triangular', baseRate: 1e-5, maxRate: 0.01, stepSize: 2000 },
      sampling: 'montage',
      holdOut: 0,
      augmentation: {},
      registerLabels: false,
      calibrationWindows: 0,
      evaluateEvery: 1,
      exportWeights: 'best',
      earlyStopping: { patience: 300, minDelta: 1e-3 },
      network: { name: 'unet', dilateRate: 1, dilate: false, addition: true, classes: 2, dropout: 0.3, filters: 44 },
    });
  });

  it('lets each flag win over the preset', () => {
    const argv =
      '--preset original --lr 0.001 --max_lr 0.01 --clr-step-size 7 --clr-policy exp-range --epochs 3 --steps-per-epoch 4 ' +
      '--batch-size 5 --window 64 --augmentation symmetries --evaluate-every 2 --export last --seed 0 --hold-out 2 ' +
      '--hold-out-from 0 --sampling sections --register-labels --patience 9 --min-delta 0 --dropout 0';
    expect(config(argv, DATA)).toMatchObject({
      schedule: { policy: 'exp-range', baseRate: 0.001, maxRate: 0.01, stepSize: 7 },
      epochs: 3,
      stepsPerEpoch: 4,
      batchSize: 5,
      window: 64,
      augmentation: { symmetries: true },
      evaluateEvery: 2,
      exportWeights: 'last',
      seed: 0,
      holdOut: 2,
      holdOutFrom: 0,
      sampling: 'sections',
      registerLabels: true,
      earlyStopping: { patience: 9, minDelta: 0 },
      network: { name: 'unet', dropout: 0 },
    });
  });

  it('keeps the rest of the preset, other fields of the same group included', () => {
    const plain = config('--preset isbi-quick', DATA);
    const changed = config('--preset isbi-quick --lr 0.0001', DATA);
    expect(changed).toEqual({ ...plain, schedule: { ...plain.schedule, baseRate: 0.0001 } });
  });

  it.each([
    ['--epochs 40', 40, 1300],
    ['--preset isbi-quick --epochs 3 --steps-per-epoch 5', 3, 8],
    ['--preset isbi-full --steps-per-epoch 50', 42, 1050],
    ['--epochs 1 --steps-per-epoch 1', 1, 1],
    ['--epochs 40 --clr-step-size 1000', 40, 1000],
    ['--preset original --epochs 300', 300, 2000],
    ['--clr-policy triangular --epochs 40', 40, 1300],
  ])('of "%s" goes through its one cycle in its own length', (argv, epochs, stepSize) => {
    expect(config(argv, DATA)).toMatchObject({ epochs, schedule: { stepSize } });
  });

  it.each(['triangular2', 'exp-range'])(
    'keeps the cycle under %s, which changes the rate from one to the next',
    (policy) => {
      const { schedule } = config('', DATA);
      expect(config(`--clr-policy ${policy} --epochs 48`, DATA)).toMatchObject({
        epochs: 48,
        schedule: { policy, stepSize: schedule.stepSize },
      });
    },
  );

  it('keeps the cycle of a run that is gone on with for longer', () => {
    const first = config('--epochs 4', DATA);
    expect(first.schedule.stepSize).toBe(130);
    expect(config('--epochs 8', null, first)).toEqual({ ...first, epochs: 8 });
  });

  it.each(Object.entries(PRESETS))('has the cycle of preset %s in its length', (name, { overrides }) => {
    expect(config(`--preset ${name}`, DATA).schedule.stepSize).toBe(overrides.schedule.stepSize);
  });

  it('takes hold-out 0 and seed 0 as values', () => {
    expect(config('--hold-out 0 --seed 0')).toMatchObject({ holdOut: 0, seed: 0 });
  });

  it.each(VARIANT_NAMES)('builds variant %s', (name) => {
    expect(config(`--variant ${name}`).network).toEqual({
      name,
      classes: 2,
      dropout: 0.3,
      filters: 44,
      ...VARIANTS[name],
    });
  });

  it.each([
    ['--dilate_rate 2 --dilate 1 --addition 1', 'dilated-unet'],
    ['--dilate_rate 2 --dilate 1 --addition 0', 'dilated-unet-a'],
    ['--addition 0', 'unet-a'],
    ['--variant dilated-unet-a --addition 1', 'dilated-unet'],
    ['--variant dilated-unet --dilate_rate 1 --dilate 0', 'unet'],
    ['--dilate 1', 'unet-custom'],
    ['--dilate_rate 3', 'unet-custom'],
    ['--classes 3', 'unet-custom'],
    ['--variant dilated-unet --classes 2', 'dilated-unet'],
    ['--variant unet-a --dropout 0', 'unet-a'],
  ])('names the network of "%s" %s', (argv, name) => {
    expect(config(argv).network.name).toBe(name);
  });

  it.each([
    ['--lr 0', '--lr must be above 0; received 0.'],
    ['--lr -1', '--lr must be above 0; received -1.'],
    ['--max_lr 0', '--max_lr must be above 0; received 0.'],
    ['--max_lr 11', '--max_lr must be at most 10; received 11.'],
    ['--lr 0.01 --max_lr 0.001', '--max_lr must be at least the base rate; received 0.001.'],
    ['--window 100', '--window must be a multiple of 8; received 100.'],
    ['--window 8', '--window must be at least 32; received 8.'],
    ['--batch-size 0', '--batch-size must be at least 1; received 0.'],
    ['--steps-per-epoch 0', '--steps-per-epoch must be at least 1; received 0.'],
    ['--epochs 0', '--epochs must be at least 1; received 0.'],
    ['--epochs 1000000', '--epochs must be at most 100000; received 1000000.'],
    ['--pixel-size 0.004', '--pixel-size must be from 0.1 to 1000, in nanometres; received 0.004.'],
    ['--data-pixel-size 4000', '--data-pixel-size must be from 0.1 to 1000, in nanometres; received 4000.'],
    ['--hold-out -1', '--hold-out must be at least 0; received -1.'],
    ['--classes 1', '--classes must be at least 2; received 1.'],
    ['--dilate_rate 0', '--dilate_rate must be at least 1; received 0.'],
    ['--seed -1', '--seed must be at least 0; received -1.'],
    ['--clr-step-size 0', '--clr-step-size must be at least 1; received 0.'],
    [
      '--augmentation all',
      '--augmentation must be none, tissue, or kinds separated by commas, of symmetries, rotation, scale, elastic, ' +
        'intensity, noise, blur, dark-section, missing-membrane, stain ' +
        '(in a configuration also an object with an amplitude per kind); received "all".',
    ],
    ['--augmentation symmetries,,noise', 'received "symmetries,,noise".'],
    ['--hold-out-from -1', '--hold-out-from must be at least 0; received -1.'],
    ['--hold-out 0 --hold-out-from 3', '--hold-out-from must be left out where no section is held out; received 3.'],
    ['--sampling montage', '--hold-out must be 0 with a montage, which has all sections; received 6.'],
    ['--patience 0', '--patience must be an integer of at least 1, in epochs; received 0.'],
    ['--min-delta 0.1', '--patience must be an integer of at least 1, in epochs; received undefined.'],
    ['--patience 2 --min-delta -1', '--min-delta must be at least 0; received -1.'],
    ['--hold-out 0 --patience 2', '--patience must be left out, as it chooses by the validation loss'],
    ['--hold-out 0 --export best', '--export must not be best, which chooses by the validation loss'],
    ['--evaluate-every 0', '--evaluate-every must be at least 1; received 0.'],
  ])('refuses %s', (argv, message) => {
    const refused = refusal(argv);
    expect(refused.error).toBeInstanceOf(InvalidOptionError);
    expect(refused.message).toContain(message);
  });

  it('lists the presets when one is unknown', () => {
    const names = Object.keys(PRESETS).join(', ');
    expect(refusal('--preset nope').message).toContain(`--preset must be one of ${names}; received "nope".`);
  });

  it('says what the preset seed is called now', () => {
    expect(refusal('--preset seed').message).toContain('("seed" is called original now); received "seed".');
  });

  it('turns off what the preset has on', () => {
    expect(config('', DATA).registerLabels).toBe(true);
    expect(config('--no-register-labels', DATA).registerLabels).toBe(false);
  });

  it('asks for data when the preset has none', () => {
    expect(refusal('--preset isbi-quick').message).toContain(
      '--preset isbi-quick needs data; add --data, or --image_path and --mask_path.',
    );
  });

  it.each([
    ['--lr 0.0005', '--lr must stay 0.0002 to resume this run;'],
    ['--seed 1', '--seed must stay 865 to resume this run;'],
    ['--variant unet', '--variant must stay "dilated-unet" to resume this run;'],
    ['--addition 0', '--variant must stay "dilated-unet" to resume this run;'],
    ['--window 64', '--window must stay 256 to resume this run;'],
    ['--hold-out-from 2', '--hold-out-from must be left out to resume this run;'],
    ['--patience 2', '--patience must be left out to resume this run;'],
    ['--augmentation none', '--augmentation must stay {"symmetries":true} to resume this run;'],
  ])('refuses %s for a resumed run', (argv, message) => {
    const first = config('--variant dilated-unet --lr 0.0002', DATA);
    expect(refusal(argv, null, first).message).toContain(message);
  });

  it('lets the stacks of a resumed run lie elsewhere, and be no phantom', () => {
    const first = config('', DATA);
    const moved = { images: '/other.tif', labels: '/other-labels.tif' };
    // Whether they hold the same values is seen when they are read.
    expect(config('', moved, first)).toEqual({ ...first, data: { kind: 'stacks', ...moved } });
    expect(refusal('', DATA, config('')).message).toContain('--data must stay {"kind":"phantom"');
  });

  it('resumes with the configuration of the run, changed by flags alone', () => {
    const first = config('--variant dilated-unet --lr 0.0002', DATA);
    expect(config('', null, first)).toEqual(first);
    expect(config('--epochs 99', null, first)).toEqual({ ...first, epochs: 99 });
    expect(config('--export best --lr 0.0002', DATA, first).exportWeights).toBe('best');
    expect(config('--calibration-windows 0', null, first)).toEqual({
      ...first,
      calibrationWindows: 0,
    });
    expect(config('--augmentation symmetries', null, first)).toEqual(first);
    expect(refusal('--preset original', null, first).message).toContain('--preset must be left out with --resume');
  });
});
