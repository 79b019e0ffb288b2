import type { VariantName } from '@dilated-unet/core';
import { median, relativeSpread, rounded } from '@dilated-unet/host';
import type { StatedDeviation } from '@dilated-unet/model-package';
import type { MeasuredForm } from './material.ts';
import { difference, timeRatio, type MeasuredInference } from './measure.ts';

/** The line of the `inference` figure of one form. @param variant null: a network of another width. */
export function inferenceLine(
  variant: VariantName | null,
  size: number,
  { name, engine, deviation }: Pick<MeasuredForm, 'name' | 'engine' | 'deviation'>,
  measured: readonly MeasuredInference[],
): Record<string, unknown> {
  const beside = measured.filter((one) => one.engine === engine);
  const of = (wanted: string): MeasuredInference | undefined => beside.find((one) => one.name === wanted);
  const [form, plain] = [of(name) as MeasuredInference, of('plain') as MeasuredInference];
  const ratio = (other: MeasuredInference | undefined): number | null =>
    other === undefined ? null : timeRatio(form, other);
  const change = (key: keyof StatedDeviation): number | null => deviation?.[key] ?? null;
  const each = <T>(figure: (one: MeasuredInference) => T): Record<string, T> =>
    Object.fromEntries(beside.map((one) => [one.name, figure(one)]));
  return {
    bench: 'inference',
    variant,
    form: name,
    engine,
    size,
    ms: rounded(median(form.rounds)),
    ratioPlain: ratio(plain),
    ratioKeras: ratio(of('keras')),
    ratioTorch: ratio(of('torch')),
    ...difference(form, plain),
    dice: change('interiorDice'),
    vRand: change('vRand'),
    vInfo: change('vInfo'),
    allMs: each(({ rounds }) => rounded(median(rounds))),
    spread: each(({ rounds }) => rounded(relativeSpread(rounds))),
    rounds: form.rounds.length,
    versions: each(({ version }) => version),
  };
}
