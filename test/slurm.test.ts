import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { expect, test } from 'vitest';
import { model } from '../packages/runtime-node/test/support/models.ts';
import { noiseStack } from '../packages/stacks/test/support/images.ts';
import { ROOT, TWO_TRIALS, writeSmallStack } from './support/experiment.ts';
import { NO_SLURM, startCluster } from './support/slurm.ts';

const name = 'the script runs an experiment as an array of jobs, and collects its report in another';

test.skipIf(NO_SLURM !== null)(NO_SLURM === null ? name : `${name} (${NO_SLURM})`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dilated-unet-slurm-'));
  const cluster = await startCluster(join(folder, 'cluster'));
  try {
    await writeSmallStack(join(folder, 'stack'));
    const out = join(folder, 'out');
    const submit = (options: readonly string[], ...flags: readonly string[]): string =>
      cluster.command(
        'sbatch',
        '--parsable',
        `--chdir=${ROOT}`,
        `--output=${folder}/%j.log`,
        // A laptop's worth of what the script asks for.
        ...['--cpus-per-task=1', '--mem=100', ...options],
        join(ROOT, 'tools/slurm/experiment.sbatch'),
        ...flags,
      );
    const trials = submit(
      ['--array=1-2'],
      '--data',
      join(folder, 'stack'),
      ...TWO_TRIALS,
      '--epochs',
      '1',
      '--out',
      out,
    );
    const report = submit([`--dependency=afterany:${trials}`], '--out', out, '--collect');
    while (cluster.command('squeue', '--noheader') !== '') await sleep(500);

    const logs = readdirSync(folder).filter((file) => file.endsWith('.log'));
    const said = logs.map((file) => readFileSync(join(folder, file), 'utf8'));
    const states = [trials, report].map((job) => cluster.command('scontrol', 'show', 'job', job));
    expect(states.join('\n').match(/JobState=\w+/g), said.join('\n')).toEqual(Array(3).fill('JobState=COMPLETED'));
    expect(said.filter((text) => text.includes('trial 1 of 2: unet, seed 865'))).toHaveLength(1);
    expect(said.filter((text) => text.includes('trial 2 of 2: unet-a, seed 865'))).toHaveLength(1);
    expect(said.filter((text) => text.includes(`report: ${join(out, 'report.md')}`))).toHaveLength(1);
    const html = readFileSync(join(out, 'report.html'), 'utf8');
    expect(html).toContain('</html>');
    for (const trial of ['unet', 'unet-a']) {
      const result = JSON.parse(
        readFileSync(join(out, 'trials', `${trial}-fold1-seed865`, 'result.json'), 'utf8'),
      ) as object;
      expect(result).toMatchObject({ trial: { variant: trial }, epochs: 1 });
    }
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true });
  }
});

const arrayName = 'an array of jobs segments a stack, a part each, to the bytes of one process';

test.skipIf(NO_SLURM !== null)(NO_SLURM === null ? arrayName : `${arrayName} (${NO_SLURM})`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dilated-unet-slurm-'));
  const cluster = await startCluster(join(folder, 'cluster'));
  try {
    writeFileSync(join(folder, 'model.onnx'), model());
    writeFileSync(join(folder, 'stack.tif'), await encodeTiffStack(noiseStack(96, 80, 7)));
    const flags = (name: string): string[] => [
      ...['--model', join(folder, 'model.onnx'), '--input', join(folder, 'stack.tif')],
      ...['--output', join(folder, name), '--device', 'cpu'],
    ];
    const submit = (array: string): string =>
      cluster.command(
        'sbatch',
        '--parsable',
        `--chdir=${ROOT}`,
        `--output=${folder}/%A-%a.log`,
        // A laptop's worth of what the script asks for.
        ...['--cpus-per-task=1', '--mem=100', `--array=${array}`],
        join(ROOT, 'tools/slurm/segment.sbatch'),
        ...flags('array.tif'),
      );
    const ended = async (): Promise<void> => {
      while (cluster.command('squeue', '--noheader') !== '') await sleep(500);
    };
    const said = (job: string): string[] =>
      readdirSync(folder)
        .filter((file) => file.startsWith(`${job}-`))
        .map((file) => readFileSync(join(folder, file), 'utf8'));
    const part = submit('1-3:2');
    await ended();
    expect(said(part).join('\n')).toMatch(/part 1\/2 is done|wrote/);
    expect(readdirSync(folder)).toContain('array.tif');
    const again = submit('0-3');
    await ended();
    expect(
      said(again).filter((text) => text.includes('is there already')),
      said(again).join('\n'),
    ).toHaveLength(4);

    const cli = join(ROOT, 'packages/runtime-node/dist/cli.js');
    execFileSync(process.execPath, [cli, ...flags('one.tif'), '--threads', '1']);
    expect(readFileSync(join(folder, 'array.tif'))).toEqual(readFileSync(join(folder, 'one.tif')));
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true });
  }
});
