import type { TrainConfig } from '@dilated-unet/trainer';
import type { ExperimentResults, PartResult } from '../experiment/results.ts';
import { heading, list, paragraph, type Block, type Text } from './document.ts';
import { counted, enumeration, partName } from './names.ts';

/** What was run where, with which settings and versions, and what is missing. */
export function provenance(results: ExperimentResults, now: Date): readonly Block[] {
  const done = results.parts.flatMap(({ result }) => (result === null ? [] : [result]));
  return [
    heading('How it was run'),
    { kind: 'code', text: results.command },
    list(
      [{ strong: 'Data:' }, ` ${results.data}.`],
      ...devices(done),
      [{ strong: 'Versions:' }, ` Node ${process.versions.node}, ${versionsOf(done)}.`],
      ...settings(done),
      [{ strong: 'Report written:' }, ` ${now.toISOString().slice(0, 10)}.`],
    ),
    ...missing(results),
  ];
}

function versionsOf(done: readonly PartResult[]): string {
  const versions = [...new Set(done.map(({ device }) => device.tensorflow))];
  return versions.length === 0 ? 'TensorFlow not used yet' : `TensorFlow ${enumeration(versions)}`;
}

function devices(done: readonly PartResult[]): Text[] {
  const counts = new Map<string, number>();
  for (const { device } of done) {
    const name = `${device.kind.toUpperCase()}, ${device.name}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const names = [...counts].map(([name, count]) => (counts.size === 1 ? name : `${name} (${counted(count, 'part')})`));
  const warning = counts.size === 1 ? '' : ' Step times of different devices are not comparable.';
  return counts.size === 0 ? [] : [[{ strong: 'Device:' }, ` ${names.join('; ')}.${warning}`]];
}

/** What all parts have in common: they differ in network, block and seed alone. */
function settings(done: readonly PartResult[]): Text[] {
  const [first] = done;
  if (first === undefined) return [];
  const { window, batchSize, stepsPerEpoch, schedule, augmentation, precision } = first.config;
  const { earlyStopping, calibrationWindows, refinementEpochs, network } = first.config;
  const { policy, baseRate, maxRate, stepSize } = schedule;
  const kinds = Object.entries(augmentation).flatMap(([kind, amplitude]) => (amplitude ? [kind] : []));
  const seeds = [...new Set(done.map(({ part }) => part.seed))].sort((a, b) => a - b);
  const text =
    `${batchSize} windows of ${window} × ${window} a step, ${stepsPerEpoch} steps an epoch, RMSprop, ${policy} learning ` +
    `rate from ${baseRate} to ${maxRate} with a half cycle of ${stepSize} steps, augmentation: ` +
    `${kinds.length === 0 ? 'none' : kinds.join(', ')}` +
    `${refinementEpochs === 0 ? '' : ` (symmetries alone in the last ${refinementEpochs} epochs)`}, dropout ${network.dropout}, ${precision}; ` +
    `${earlyStopping === null ? 'no early stopping' : `early stopping with patience ${earlyStopping.patience} epochs`}; ` +
    `seeds ${seeds.join(', ')}; scored with ${scoredWeights(first.config)}` +
    `${calibrationWindows === 0 ? '' : `, batch-norm statistics measured anew on ${calibrationWindows} windows`}.`;
  return [
    [{ strong: 'Settings:' }, ` ${text} The whole configuration of each part is in its `, { code: 'config.json' }, '.'],
  ];
}

function scoredWeights({ exportWeights, averagedEpochs }: TrainConfig): string {
  if (averagedEpochs > 0) return `the mean of the weights after each of the last ${averagedEpochs} epochs`;
  return `the weights of the ${exportWeights === 'last' ? 'last step' : 'lowest validation loss'}`;
}

/** The parts without a result, why, and how to run them. */
export function missing({ parts, command }: ExperimentResults): readonly Block[] {
  const open = parts.filter(({ result }) => result === null);
  if (open.length === 0) return [];
  const failed = open.filter(({ failure }) => failure !== undefined).length;
  const why = [
    ...(failed < open.length ? [`${open.length - failed} not run to the end`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  return [
    heading('Parts without a result', 3),
    paragraph(
      `${open.length} of ${parts.length} parts ${open.length === 1 ? 'is' : 'are'} in no number above: ${enumeration(why)}. The same command runs them; `,
      'finished parts are kept, and begun ones go on from their last checkpoint.',
    ),
    { kind: 'code', text: command },
    list(
      ...open.map(({ part, folder, failure }): Text => [
        { strong: `Part ${part.index}, ${partName(part)}:` },
        failure === undefined ? ' not run to the end' : ` failed: ${failure.replace(/\.$/, '')}`,
        '; folder ',
        { code: folder },
      ]),
    ),
  ];
}
