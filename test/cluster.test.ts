import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { Job } from 'kubernetes-models/batch/v1';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from './support/experiment.ts';

const read = (path: string): string => readFileSync(path, 'utf8');
const json = (name: string): Record<string, unknown> => JSON.parse(read(join(ROOT, name))) as Record<string, unknown>;

describe('deploy/segment-job.yaml', () => {
  const manifest = parse(read(join(ROOT, 'deploy/segment-job.yaml'))) as ConstructorParameters<typeof Job>[0] & object;

  test('is a Job of Kubernetes, by the schema of its API', () => {
    expect(() => new Job(manifest).validate()).not.toThrow();
    const wrong = { ...manifest, spec: { ...manifest.spec, completions: '8' } } as unknown as typeof manifest;
    expect(() => new Job(wrong).validate()).toThrow(/completions must be integer/);
  });

  test('tells each pod of how many it is one', () => {
    const { spec } = manifest;
    const [container] = spec?.template.spec?.containers ?? [];
    expect(spec?.completionMode).toBe('Indexed');
    expect(container?.env).toContainEqual({ name: 'JOB_COMPLETIONS', value: String(spec?.completions) });
    expect(container?.args).toContain('--part=auto');
  });
});

describe('tools/slurm/segment.sbatch', () => {
  test('takes part and threads from the array, and the flags behind it count', ({ onTestFinished }) => {
    const folder = mkdtempSync(join(tmpdir(), 'dilated-unet-slurm-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'node'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}`, SLURM_CPUS_PER_TASK: '8' };
    const wordsOf = (...flags: readonly string[]): string[] => {
      const script = join(ROOT, 'tools/slurm/segment.sbatch');
      const { stdout } = spawnSync('bash', [script, ...flags], { cwd: ROOT, env, encoding: 'utf8' });
      return stdout.trim().split('\n').slice(1);
    };
    expect(wordsOf('--input', 'a b.tif')).toEqual(['--part', 'auto', '--threads', '8', '--input', 'a b.tif']);
    const own = wordsOf('--threads', '2', '--part', '1/3');
    expect([own[own.lastIndexOf('--threads') + 1], own[own.lastIndexOf('--part') + 1]]).toEqual(['2', '1/3']);
  });
});

describe('Dockerfile', () => {
  const file = DockerfileParser.parse(read(join(ROOT, 'Dockerfile')));
  const copies = file.getCOPYs().map((copy) => ({
    from: copy.getFromFlag()?.getValue() ?? null,
    words: copy.getArguments().map((word) => word.getValue()),
  }));

  test('takes the Node of the repository, and ends as another user than root', () => {
    const node = read(join(ROOT, '.nvmrc')).trim();
    for (const from of file.getFROMs()) expect(from.getImage()).toBe(`node:${node}-bookworm-slim`);
    const users = file.getInstructions().filter((one) => one.getKeyword() === 'USER');
    expect(users.map((one) => one.getArgumentsContent())).toEqual(['node']);
  });

  test('copies what there is, and each package that the command needs', () => {
    const sources = copies.filter(({ from }) => from === 'build').flatMap(({ words }) => words.slice(0, -1));
    const inside = sources.map((source) => source.replace('/app/', ''));
    for (const name of inside) expect(name === 'node_modules' || existsSync(join(ROOT, name)), name).toBe(true);
    const needed = new Set<string>();
    const need = (name: string): void => {
      if (needed.has(name)) return;
      needed.add(name);
      const { dependencies = {} } = json(`packages/${name}/package.json`) as { dependencies?: Record<string, string> };
      for (const other of Object.keys(dependencies)) {
        if (other.startsWith('@dilated-unet/')) need(other.slice('@dilated-unet/'.length));
      }
    };
    need('runtime-node');
    expect(inside.filter((name) => name.startsWith('packages/')).sort()).toEqual(
      [...needed].map((name) => `packages/${name}`).sort(),
    );
  });

  test('starts the command', () => {
    const { bin } = json('packages/runtime-node/package.json') as { bin: Record<string, string> };
    const program = join('/app/packages/runtime-node', bin['dilated-unet-segment'] as string);
    expect(file.getENTRYPOINTs()[0]?.getArgumentsContent()).toBe(JSON.stringify(['node', program]).replace(',', ', '));
  });
});
