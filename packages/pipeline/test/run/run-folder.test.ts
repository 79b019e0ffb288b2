import { mkdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EnvironmentError } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { contents, fails, out, request, run } from './fake-run.ts';

describe('the run folder', () => {
  it('is refused when it holds a run, and nothing is touched', async () => {
    await run();
    const before = await Promise.all(
      (await contents(out)).map(async (name) => [name, (await stat(join(out, name))).mtimeMs]),
    );
    await expect(run()).rejects.toThrow(
      `out already holds a run; add \`resume\` to go on with it, or name another folder; received ${JSON.stringify(out)}.`,
    );
    const after = await Promise.all(
      (await contents(out)).map(async (name) => [name, (await stat(join(out, name))).mtimeMs]),
    );
    expect(after).toEqual(before);
  });

  it('is refused when it is not empty, or a file', async () => {
    await mkdir(out, { recursive: true });
    await writeFile(join(out, 'thesis.tex'), 'mine');
    await expect(run()).rejects.toThrow('out must be a new or an empty folder');
    expect(await contents(out)).toEqual(['thesis.tex']);
    await expect(run(request({ out: join(out, 'thesis.tex') }))).rejects.toThrow(
      'out must be a folder, but there is a file',
    );
    expect(await readFile(join(out, 'thesis.tex'), 'utf8')).toBe('mine');
  });

  it('is refused where a link leads nowhere, which stays', async () => {
    const link = `${out}-link`;
    await mkdir(dirname(link), { recursive: true });
    await symlink('nowhere', link);
    await expect(run(request({ out: link }))).rejects.toThrow(
      'out must not be a link that leads nowhere (nowhere); remove the link, or make the folder that it names',
    );
    expect(await readlink(link)).toBe('nowhere');
    await mkdir(join(dirname(link), 'nowhere'));
    expect((await run(request({ out: link }))).files['model.onnx']).toBeDefined();
  });

  it('is taken where a process was killed while it wrote its first file', async () => {
    await mkdir(out, { recursive: true });
    await writeFile(join(out, 'config.json.elsewhere.1.0123456789ab.part'), '{');
    expect((await run()).files['model.onnx']).toBeDefined();
  });

  it('keeps no summary of before when a resumed run fails', async () => {
    await run();
    const convert = fails(new EnvironmentError('No disk.'));
    await expect(run(request({ resume: true }), { convert })).rejects.toThrow('No disk.');
    expect(await contents(out)).not.toContain('summary.json');
  });

  it('is taken up again with --resume', async () => {
    await run();
    const summary = await run(request({ resume: true }));
    expect(summary.files['model.onnx']).toBeDefined();
  });
});
