import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
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
