import { join } from 'node:path';
import { durationText } from '@dilated-unet/host';
import { HEADLINES, scoreCells } from '../scoring/report.ts';
import { whereLabelsLie } from '../scoring/label-offset.ts';
import { beginning } from './initial-model.ts';
import type { Summary } from './summary.ts';
import { deviceText } from './training-progress.ts';

/** The summary as the user reads it at the end of a run in `out`. */
export function summaryText(summary: Summary, out: string): string {
  const { device, heldOut, versions, secondsPerStage, files } = summary;
  const rows: [string, string][] = [
    ['device', deviceText(device)],
    ['network', `${summary.variant}, ${summary.parameters.toLocaleString('en')} parameters`],
  ];
  const { init } = summary.config;
  if (init !== undefined) rows.push(['began from', beginning(init)]);
  if (heldOut !== null) {
    const cells = scoreCells(heldOut, HEADLINES);
    rows.push(['held-out scores', HEADLINES.map(({ name }, i) => `${name} ${cells[i]}`).join(', ')]);
  } else {
    const why =
      summary.config.holdOut === 0 ? 'no section was held out (--hold-out N)' : 'a section has no cell interior';
    rows.push(['held-out scores', `none: ${why}`]);
  }
  if (summary.labelOffset !== null) rows.push(['labels lie', `${whereLabelsLie(summary.labelOffset)} of the tissue`]);
  rows.push(['ONNX vs TensorFlow', `largest difference ${summary.onnxMaxDifference.toExponential(1)}`]);
  const places: [string, string][] = [
    ['model', 'model.onnx'],
    ['held-out segmented', 'held-out/mask.tif'],
    ['held-out overlay', 'held-out/overlay.png'],
    ['test segmented', 'test/mask.tif'],
    ['test overlay', 'test/overlay.png'],
  ];
  for (const [name, path] of places) if (path in files) rows.push([name, join(out, path)]);
  const { training, ...stages } = secondsPerStage;
  const times = Object.entries(stages).map(([stage, seconds]) => `${stage} ${seconds.toFixed(1)} s`);
  rows.push(
    ['time', `${times.join(', ')}${training === undefined ? '' : ` (training itself ${durationText(training)})`}`],
    ['peak memory', `${(summary.peakRssBytes / 2 ** 30).toFixed(2)} GiB`],
    ['versions', `Node ${versions.node}, tf2onnx ${versions.tf2onnx}, ONNX Runtime ${versions.onnxruntime}`],
    ['all of it', join(out, 'summary.json')],
  );
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
}
