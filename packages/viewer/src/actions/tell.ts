import {
  GreyValuesError,
  InvalidOptionError,
  isDilatedUnetError,
  pixelText,
  type GreyOptions,
  type PixelSizeDecision,
} from '@dilated-unet/core';
import { failure, notes, progress, status, type PlaneChoice, type PlaneName } from '../state.ts';

const PLANES: readonly PlaneName[] = ['image', 'channel', 'time'];

const CONTROLS: Readonly<Record<string, string>> = {
  greyRange: '“Black and white”',
  normalise: '“Normalise by”',
  invert: '“Invert”',
  channel: '“Channel”',
  time: '“Time”',
  image: '“Image of the file”',
  pixelSize: '“Pixel size (nm)”',
  modelPixelSize: '“Pixel size of the model (nm)”',
  tile: '“Largest tile”',
  ignore: '“Ignored value”',
  labelKind: '“Labels other than 0 are”',
};

/** Tells what goes on, for eyes and screen readers. */
export function tell(text: string): void {
  status.value = text;
}

/** What was told last of a run. */
let ofRun = '';

/** `tell` of the run that goes on. */
export function tellRun(text: string): void {
  ofRun = text;
  tell(text);
}

/**
 * Shows why `what` failed; the packages' own errors are written for the user, others are defects.
 *
 * @param open opens it by a choice of image, channel or time, where that is what the error asks for.
 */
export function showFailure(what: string, error: unknown, open?: PlaneChoice['open']): void {
  const message = error instanceof Error ? error.message : String(error);
  const isKnown = isDilatedUnetError(error);
  const named = error instanceof InvalidOptionError ? message.replace(error.option, (name) => `\`${name}\``) : message;
  const text = isKnown ? inControls(named) : `something unexpected went wrong: ${message}`;
  const planes = PLANES.filter((plane) => named.includes(`\`${plane}\``));
  failure.value = {
    // An address names its file itself.
    text: isKnown && (message.startsWith(what) || /^https?:/.test(message)) ? text : `${what}: ${text}`,
    remedy: error instanceof GreyValuesError ? error.remedy : null,
    choice: open === undefined || planes.length === 0 || !isKnown ? null : { planes, open },
  };
  tell(progress.value === null ? '' : ofRun);
}

export function clearFailure(): void {
  failure.value = null;
}

/** Adds a note, once. */
export function note(text: string): void {
  const said = inControls(text);
  if (!notes.value.includes(said)) notes.value = [...notes.value, said];
}

/** Takes a note back. */
export function dropNote(text: string): void {
  const said = inControls(text);
  notes.value = notes.value.filter((one) => one !== said);
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

/** For example `resampled from 8 nm to the model's 4 nm`. */
export function resampledText({ from, to }: NonNullable<PixelSizeDecision['rescale']>): string {
  return `resampled from ${pixelText(from)} to the model's ${pixelText(to)}`;
}

/** For example `2 cells`. */
export function cellsText(count: number): string {
  return count === 1 ? 'one cell' : `${count} cells`;
}

/** What of the pixels of a section and of the model is worth a sentence; null where nothing is. */
export function pixelNote({ rescale, note }: PixelSizeDecision): string | null {
  if (rescale === null) return note === null ? null : inControls(note);
  return `Sections are ${resampledText(rescale)}, and results brought back.`;
}

/** A message of a library, which names options, with the labels of the controls. */
function inControls(message: string): string {
  return message.replaceAll(/`(\w+)`/g, (quoted, name: string) => CONTROLS[name] ?? quoted);
}

/** Shows what goes wrong in a call that nobody waits for. */
export function carryOut(call: Promise<unknown>): void {
  call.catch((error: unknown) => showFailure('The page', error));
}
