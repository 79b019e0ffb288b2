import { DilatedUnetError, InvalidOptionError } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { messageInFlags } from '@dilated-unet/host';
import { parseTrain, TRAIN_FLAGS, trainFlagOf } from '../../src/commands/train.ts';

/** What was typed, by flag. */
const parse = (...argv: string[]): Record<string, unknown> => {
  const parsed = parseTrain(argv);
  if (parsed.kind !== 'run') throw new Error('Help instead of a run.');
  const valueAt = (values: object, path: string): unknown =>
    path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], values);
  return Object.fromEntries(
    TRAIN_FLAGS.map(({ flag, path, ofConfig }) => [flag, valueAt(ofConfig ? parsed.config : parsed.own, path)]),
  );
};
const failure = (...argv: string[]): string => {
  try {
    parse(...argv);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`Accepted: ${argv.join(' ')}`);
};

describe('parseTrain', () => {
  it.each([
    ['--data', 'some/dir', ['some/dir']],
    ['--image_path', 'a.tif', ['a.tif']],
    ['--mask_path', 'b.tif', ['b.tif']],
    ['--hold-out', '0', 0],
    ['--variant', 'dilated-unet-a', 'dilated-unet-a'],
    ['--dilate_rate', '2', 2],
    ['--dilate', '0', false],
    ['--dilate', '1', true],
    ['--addition', '0', false],
    ['--classes', '3', 3],
    ['--preset', 'isbi-quick', 'isbi-quick'],
    ['--lr', '1e-4', 1e-4],
    ['--lr', '0', 0],
    ['--max_lr', '0.01', 0.01],
    ['--clr-step-size', '300', 300],
    ['--clr-policy', 'triangular2', 'triangular2'],
    ['--epochs', '12', 12],
    ['--steps-per-epoch', '50', 50],
    ['--batch-size', '2', 2],
    ['--window', '256', 256],
    ['--augmentation', 'symmetries,noise', 'symmetries,noise'],
    ['--evaluate-every', '4', 4],
    ['--export', 'best', 'best'],
    ['--seed', '0', 0],
    ['--out', 'runs/x', 'runs/x'],
    ['--weight_path', 'w', 'w'],
    ['--gpu', '-1', '-1'],
  ])('reads %s %s', (flag, text, value) => {
    expect(parse(flag, text)).toMatchObject({ [flag]: value });
    expect(parse(`${flag}=${text}`)).toMatchObject({ [flag]: value });
  });

  it.each(['--resume', '--require-gpu'])('reads %s', (flag) => {
    expect(parse(flag)).toMatchObject({ [flag]: true });
  });

  it('leaves undefined what was not typed', () => {
    const { own, config } = parseTrain(['--lr', '0']) as Extract<ReturnType<typeof parseTrain>, { kind: 'run' }>;
    expect({ own, config }).toEqual({
      own: { resume: false, requireGpu: false },
      config: { schedule: { baseRate: 0 } },
    });
  });

  it.each([
    ['--lr', 'fast', '--lr must be a number; received "fast".'],
    ['--lr', '', '--lr must be a number; received "".'],
    ['--lr', '0.1x', '--lr must be a number; received "0.1x".'],
    ['--lr', 'Infinity', '--lr must be a number; received "Infinity".'],
    ['--epochs', '1.5', '--epochs must be an integer; received "1.5".'],
    ['--dilate', 'yes', '--dilate must be 0 or 1; received "yes".'],
    ['--addition', '2', '--addition must be 0 or 1; received "2".'],
    ['--variant', 'vnet', '--variant must be one of unet, dilated-unet, unet-a, dilated-unet-a; received "vnet".'],
    ['--export', 'first', '--export must be one of last, best; received "first".'],
    ['--clr-policy', 'cosine', '--clr-policy must be one of triangular, triangular2, exp-range; received "cosine".'],
    ['--out', '', '--out must not be empty; received "".'],
  ])('refuses %s %s', (flag, text, message) => {
    expect(failure(flag, text)).toBe(message);
  });

  it('reads a switch of the configuration and its opposite', () => {
    expect(parse('--register-labels')).toMatchObject({ '--register-labels': true });
    expect(parse('--no-register-labels')).toMatchObject({ '--register-labels': false });
  });

  it('names the flag of a field that the trainer refuses', () => {
    const refused = new InvalidOptionError('schedule.maxRate', 'is too high', 1);
    expect(messageInFlags(refused, trainFlagOf)).toBe('--max_lr is too high; received 1.');
    const stage = new Error('Stage "train" failed: `window` must fit `nothing` in window');
    expect(messageInFlags(stage, trainFlagOf)).toBe('Stage "train" failed: --window must fit `nothing` in window');
    const off = new DilatedUnetError(
      'Take them as they lie: `registerLabels: false`, not `registerLabels` or `nothing: false`.',
    );
    expect(messageInFlags(off, trainFlagOf)).toBe(
      'Take them as they lie: --no-register-labels, not --register-labels or `nothing: false`.',
    );
  });

  it('names the flag in a typed error', () => {
    expect(() => parse('--lr', 'fast')).toThrow(InvalidOptionError);
  });

  it('refuses an unknown flag, suggests one and lists all', () => {
    const message = failure('--epoch', '3');
    expect(message).toContain("Unknown option '--epoch'");
    expect(message).toContain('Did you mean --epochs?');
    for (const { flag } of TRAIN_FLAGS) expect(message).toContain(flag);
  });

  it('refuses a flag without its value, a flag given twice, and stray words', () => {
    expect(failure('--lr')).toContain("Option '--lr <RATE>' argument missing");
    expect(failure('--lr', '1', '--lr', '0')).toBe('--lr must be given once; received "1 and 0".');
    expect(failure('stack.tif')).toContain('Too many arguments');
  });

  it('teaches with --help: every flag, the presets and examples', () => {
    const parsed = parseTrain(['--help']);
    const help = parsed.kind === 'help' ? parsed.text : '';
    for (const { flag, help: text } of TRAIN_FLAGS) {
      expect(help).toContain(flag);
      expect(help.replaceAll(/\s+/g, ' ')).toContain(text);
    }
    expect(help).toContain('  phantom-quick  the built-in phantom in a few minutes');
    expect(help).toContain('npx nx run trainer:train --data');
  });
});
