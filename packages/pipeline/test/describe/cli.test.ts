import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const cli = [fileURLToPath(new URL('../../bin/run.js', import.meta.url)), 'describe'] as const;

async function run(...flags: string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [...cli, ...flags]);
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}

const radii = (out: string): readonly number[] =>
  out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { receptiveFieldRadius: number }).receptiveFieldRadius);

describe('core:describe', () => {
  it('prints one JSON line per variant', async () => {
    const { code, out } = await run('--json');
    expect(code).toBe(0);
    expect(radii(out)).toEqual([90, 553, 90, 553]);
  });

  it('prints a table', async () => {
    const { out } = await run();
    expect(out).toMatch(/^variant +parameters/);
    expect(out).toMatch(/^dilated-unet-a +2,772,816/m);
  });

  it('describes one network of other flags', async () => {
    const { out } = await run('--json', '--dilate', '1', '--dilate_rate', '1', '--addition', '0', '--classes', '3');
    expect(radii(out)).toEqual([546]);
    expect(JSON.parse(out)).toMatchObject({ variant: 'custom', parameters: 2_772_816 + 23 });
  });

  it('describes a narrow network', async () => {
    const { out } = await run('--json', '--filters', '16');
    expect(JSON.parse(out)).toMatchObject({ variant: 'custom', parameters: 369_226, receptiveFieldRadius: 90 });
  });

  it.each([
    [['--depth', '3'], "unknown option '--depth'"],
    [['extra'], 'too many arguments'],
    [['--dilate', 'yes'], 'It must be 0 or 1'],
    [['--dilate_rate', '-1'], 'It must be an integer of at least 0'],
    [['--dilate_rate', '0'], 'dilateRate must be an integer of at least 1; received 0'],
    [['--filters', '7'], '--filters must be even; received 7'],
    [['--classes', '1'], 'classes must be an integer of at least 2; received 1'],
  ])('rejects %j', async (flags, message) => {
    const { code, out, err } = await run(...flags);
    expect(code).not.toBe(0);
    expect(out).toBe('');
    expect(err).toContain(message);
  });

  it('teaches in --help', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    expect(out).toContain('npx nx run core:describe --json');
  });
});
