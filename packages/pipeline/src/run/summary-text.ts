import { join } from 'node:path';
import { whereLabelsLie, type Offset } from '@dilated-unet/core';
import { durationText } from '@dilated-unet/host';
import { holdsOut } from '@dilated-unet/trainer';
import { HEADLINES, scoreCells, type Report } from '../scoring/report.ts';
import { amount } from './amount.ts';
import { beginning } from './initial-model.ts';
import type { Summary } from './summary.ts';
import { deviceText } from './training-progress.ts';

/** The summary as the user reads it at the end of a run in `out`. */
export function summaryText(summary: Summary, out: string): string {
  const { device, heldOut, stacks = [], versions, secondsPerStage, files } = summary;
  const rows: [string, string][] = [
    ['device', deviceText(device)],
    ['network', `${summary.variant}, ${summary.parameters.toLocaleString('en')} parameters`],
  ];
  const { init } = summary.config;
  if (init !== undefined) rows.push(['began from', beginning(init)]);
  const headlines = (report: Report): string => {
    const cells = scoreCells(report, HEADLINES);
    return HEADLINES.map(({ name }, i) => `${name} ${cells[i]}`).join(', ');
  };
  const unscored = holdsOut(summary.config)
    ? 'a section has no cell interior'
    : 'no section was held out (--hold-out N)';
  rows.push(['held-out scores', heldOut === null ? `none: ${unscored}` : headlines(heldOut)]);
  for (const stack of stacks) if (stack.heldOut !== null) rows.push([`  ${stack.name}`, headlines(stack.heldOut)]);
  const { calibrationWindows } = summary.config;
  if (heldOut !== null && calibrationWindows > 0)
    rows.push([
      'batch norms',
      `calibrated on ${amount(calibrationWindows, 'window')} after the last epoch; the scores of epochs are from before`,
    ]);
  const lies = (offset: Offset): string => `${whereLabelsLie(offset)} of the tissue`;
  if (summary.labelOffset !== null) rows.push(['labels lie', lies(summary.labelOffset)]);
  const cut = stacks.filter(({ share }) => share > 0).map(({ name, share }) => `${name} ${(100 * share).toFixed(1)}%`);
  if (cut.length > 0) rows.push(['windows cut from', cut.join(', ')]);
  for (const { name, labelOffset } of stacks) {
    if (labelOffset !== null) rows.push([`labels of ${name} lie`, lies(labelOffset)]);
  }
  rows.push(['ONNX vs TensorFlow', `largest difference ${summary.onnxMaxDifference.toExponential(1)}`]);
  const places: [string, string][] = [
    ['model', 'model.onnx'],
    ...['', ...stacks.map(({ name }) => `/${name}`)].flatMap((folder): [string, string][] => [
      ['held-out segmented', `held-out${folder}/mask.tif`],
      ['held-out overlay', `held-out${folder}/overlay.png`],
      ['test segmented', `test${folder}/mask.tif`],
      ['test overlay', `test${folder}/overlay.png`],
    ]),
  ];
  for (const [name, path] of places) if (path in files) rows.push([name, join(out, path)]);
  const { training, ...stages } = secondsPerStage;
  const times = Object.entries(stages).map(([stage, seconds]) => `${stage} ${seconds.toFixed(1)} s`);
  rows.push(
    ['time', `${times.join(', ')}${training === undefined ? '' : ` (training itself ${durationText(training)})`}`],
    ['waited for data', `${(100 * summary.waitingShare).toFixed(1)}% of the training itself`],
    ['peak memory', `${(summary.peakRssBytes / 2 ** 30).toFixed(2)} GiB`],
    ['versions', `Node ${versions.node}, tf2onnx ${versions.tf2onnx}, ONNX Runtime ${versions.onnxruntime}`],
    ['all of it', join(out, 'summary.json')],
  );
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
}
