import { durationText, textTable } from '@dilated-unet/host';
import { HEADLINES, scoreCells } from '../scoring/report.ts';
import type { PartOutcome, Protocol } from './results.ts';

/** The parts of an experiment as a table: what each found, or how far it is. */
export function outcomeTable(outcomes: readonly PartOutcome[], protocol: Protocol): string {
  const isHeldOut = protocol !== 'seed';
  const scores = isHeldOut ? HEADLINES.map(({ name }) => name) : [];
  const head = [
    'part',
    'variant',
    'fold',
    'seed',
    'epochs',
    'validation loss',
    'validation Dice',
    ...scores,
    'training',
  ];
  const rows = outcomes.map(({ part, result, failure }) => {
    const name = [String(part.index), part.variant, String(part.fold), String(part.seed)];
    if (result === null) return [...name, failure === undefined ? 'not done' : 'failed'];
    const { epochs, validation, heldOut, trainingSeconds } = result;
    return [
      ...name,
      String(epochs),
      ...[validation.loss, validation.softDice].map((value) => value.toFixed(4)),
      ...(heldOut === null ? [] : scoreCells(heldOut.plain, HEADLINES)),
      durationText(trainingSeconds),
    ];
  });
  return textTable([head, ...rows]);
}

/** The parts that have no result, as sentences; empty where all have. */
export function missingText(outcomes: readonly PartOutcome[]): string {
  const missing = outcomes.filter(({ result }) => result === null);
  if (missing.length === 0) return '';
  const failed = missing.filter(({ failure }) => failure !== undefined);
  const named = (some: readonly PartOutcome[]): string => some.map(({ part }) => part.index).join(', ');
  const lines = [`${outcomes.length - missing.length} of ${outcomes.length} parts are done.`];
  if (failed.length > 0) lines.push(`Failed: part ${named(failed)}; each says why in its folder's failure.json.`);
  lines.push('Start the same command again to go on.');
  return `${lines.join(' ')}\n`;
}
