import type { GreyOptions, NormaliseOption } from '@dilated-unet/core';
import { ui } from './elements.ts';

/** How the controls say that grey values are read; null while only one of black and white is there. */
export function greyOptions(): GreyOptions | null {
  const normalise = ui.normalise.value as NormaliseOption;
  const invert = ui.invert.checked;
  const range = [ui.black.valueAsNumber, ui.white.valueAsNumber] as const;
  if (normalise !== 'model' || range.every(Number.isNaN)) return { normalise, invert };
  return range.some(Number.isNaN) ? null : { normalise, invert, greyRange: range };
}

/** Sets the controls. */
export function showGreyOptions({ normalise = 'model', greyRange, invert = false }: GreyOptions): void {
  ui.normalise.value = String(normalise);
  [ui.black.value, ui.white.value] = greyRange === undefined ? ['', ''] : [String(greyRange[0]), String(greyRange[1])];
  ui.invert.checked = invert;
  enableGreyRange();
}

/** Black and white are of use only where the training's mean and deviation are. */
export function enableGreyRange(): void {
  ui.black.disabled = ui.white.disabled = ui.normalise.value !== 'model';
}

/** What the button does that sets `remedy`. */
export function remedyText({ normalise = 'model', greyRange, invert = false }: GreyOptions): string {
  const steps = [
    ...(invert ? ['invert'] : []),
    ...(greyRange === undefined ? [] : [`take ${greyRange[0]} as black and ${greyRange[1]} as white`]),
    ...(normalise === 'model' ? [] : [`normalise by ${normalise === 'section' ? 'each section' : 'the whole stack'}`]),
  ];
  const text = steps.length === 0 ? 'read grey values as they are' : steps.join(', ');
  return `Mend: ${text}`;
}

const CONTROLS: Readonly<Record<string, string>> = {
  greyRange: '“Black and white”',
  normalise: '“Normalise by”',
  invert: '“Invert”',
};

/** A message of a library, which names options, with the labels of the controls. */
export function inControls(message: string): string {
  return message.replaceAll(/`(\w+)`/g, (quoted, name: string) => CONTROLS[name] ?? quoted);
}
