import { mkdir, readdir, readFile, readlink, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EnvironmentError } from '@dilated-unet/core';
import { runPipeline } from '../../src/run/run-pipeline.ts';
import { describe, expect, it } from 'vitest';
import { runAlone } from '../../src/commands/train.ts';
import { aloneInRunFolder } from '../../src/run/run-folder.ts';
import type { RunRequest } from '../../src/run/run-pipeline.ts';
import type { Services } from '../../src/run/services.ts';
import { contents, fails, folder, out, request, run } from './fake-run.ts';
import { fakeServices } from './fake-services.ts';

/** For work that a machine under load does late. */
const LONG = { timeout: 300_000 };

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
    for (const end of ['', '.guard', '.elsewhere.4026531836.7']) await writeFile(join(out, `run.lock${end}`), '');
    const { files } = await run();
    expect(files['model.onnx']).toBeDefined();
    expect(Object.keys(files).filter((path) => path.includes('run.lock'))).toEqual([]);
  });

  it('keeps no summary of before when a resumed run fails', async () => {
    await run();
    const convert = fails(new EnvironmentError('No disk.'));
    await expect(run(request({ resume: true }), { convert })).rejects.toThrow('No disk.');
    expect(await contents(out)).not.toContain('summary.json');
  });

  it('keeps no summary of before once a resumed run writes its files anew, and it until then', async () => {
    await run();
    const killed = new EnvironmentError('The training process was ended by SIGKILL.');
    const early: Services['train'] = (_, { onEvent }) => {
      onEvent?.({ type: 'stage', stage: 'building the training graph' });
      throw killed;
    };
    await expect(run(request({ resume: true }), { train: early })).rejects.toThrow('SIGKILL');
    expect(await contents(out)).toContain('summary.json');
    const exporting: Services['train'] = async (_, { onEvent }) => {
      onEvent?.({ type: 'stage', stage: 'exporting' });
      await expect.poll(() => contents(out), LONG).not.toContain('summary.json');
      throw killed;
    };
    await expect(run(request({ resume: true }), { train: exporting })).rejects.toThrow('SIGKILL');
  });

  it('is taken up again with --resume', async () => {
    await run();
    const summary = await run(request({ resume: true }));
    expect(summary.files['model.onnx']).toBeDefined();
  });
});

describe('two runs at the same time', () => {
  /** Begins runs; each trains when it is let. */
  function runs() {
    const begun: string[] = [];
    let letThem = (): void => undefined;
    const may = new Promise<void>((resolve) => (letThem = resolve));
    const train: Services['train'] = async (config, options) => {
      begun.push(options.out);
      options.onSpawn?.(process.ppid);
      await may;
      return fakeServices().train(config, options);
    };
    const notes: string[] = [];
    const watch = { onNote: (note: string) => notes.push(note), onProgress: () => undefined };
    const start = (asked: RunRequest, where?: { readonly mayMove: boolean }, services: Partial<Services> = { train }) =>
      runAlone(asked, fakeServices(services), watch, where);
    return { begun, notes, start, letThem: () => letThem() };
  }

  it.each([[{}], [{ resume: true }]])('do not share a folder: the second is refused at once (%o)', async (changes) => {
    const { begun, start, letThem } = runs();
    const first = start(request());
    await expect.poll(() => begun, LONG).toEqual([out]);
    await expect(start(request(changes))).rejects.toThrow(
      `out must be a folder in which no other process works: process ${process.pid} on `,
    );
    letThem();
    expect(await first).toContain(join(out, 'model.onnx'));
    expect(await readdir(dirname(out))).toEqual(['one']);
    expect(await readdir(out)).not.toContain('run.lock');
  });

  it('do not share a folder by two names either', async () => {
    const { begun, start, letThem } = runs();
    await mkdir(out, { recursive: true });
    await symlink('one', `${out}-link`);
    const first = start(request());
    await expect.poll(() => begun, LONG).toEqual([out]);
    await expect(start(request({ out: `${out}-link` }))).rejects.toThrow('in which no other process works');
    letThem();
    await first;
  });

  it('leave what lies beside the folder alone, whatever it is called', async () => {
    await mkdir(dirname(out));
    await writeFile(`${out}.lock`, 'of uv');
    const { start, letThem } = runs();
    letThem();
    await start(request());
    expect(await readFile(`${out}.lock`, 'utf8')).toBe('of uv');
  });

  it('may be one that was killed elsewhere: a new one is refused, one that is resumed waits for the lock', async () => {
    const { notes, start, letThem } = runs();
    letThem();
    await start(request());
    const lock = join(out, 'run.lock');
    const killed = JSON.stringify({ pid: 1, started: '1', host: 'elsewhere', space: 'pid:[1]' });
    await writeFile(lock, killed);
    await expect(start(request())).rejects.toThrow(
      'process 1 on elsewhere does (on another machine, in another container or before a restart; where it was killed, it counts for three minutes more)',
    );
    const resumed = start(request({ resume: true }));
    const note = `process 1 on elsewhere, another machine or container or this one before a restart, works in ${out}; waiting for its end`;
    await expect.poll(() => notes.at(-1), LONG).toContain(note);
    expect(await readFile(lock, 'utf8')).toBe(killed);
    const longAgo = Date.now() / 1000 - 200;
    await utimes(lock, longAgo, longAgo);
    expect(await resumed).toContain(join(out, 'model.onnx'));
    expect(await readdir(out)).not.toContain('run.lock');
  });

  it('delete nothing once the lock is lost', async () => {
    const lost = new AbortController();
    const train: Services['train'] = async () => {
      await writeFile(join(out, 'config.json'), 'of the other');
      lost.abort(new EnvironmentError('Another process has taken over.'));
      throw new Error('killed');
    };
    const watch = { onNote: () => undefined, onProgress: () => undefined, signal: lost.signal };
    await expect(runPipeline(request(), fakeServices({ train }), watch)).rejects.toThrow('has taken over');
    expect(await readFile(join(out, 'config.json'), 'utf8')).toBe('of the other');
  });

  it('have a folder each where nobody chose the name', async () => {
    const { begun, start, letThem } = runs();
    const both = [start(request(), { mayMove: true }), start(request(), { mayMove: true })];
    await expect.poll(() => begun.length, LONG).toBe(2);
    letThem();
    await Promise.all(both);
    await start(request(), { mayMove: true });
    expect((await readdir(dirname(out))).sort()).toEqual(['one', 'one-2', 'one-3']);
    const failed = start(request(), { mayMove: true }, { convert: fails(new EnvironmentError('No disk.')) });
    await expect(failed).rejects.toThrow(`Go on with: train --out ${out}-4 --resume`);
  });

  it('leave nothing where they fail, neither a lock nor a folder', async () => {
    const { start } = runs();
    const failed = start(request(), undefined, { train: fails(new EnvironmentError('No GPU.')) });
    await expect(failed).rejects.toThrow('No GPU.');
    expect(await readdir(folder)).toEqual([]);
  });

  it('tell whoever takes over what is still at work', async () => {
    const { begun, start, letThem } = runs();
    const first = start(request());
    await expect.poll(() => begun.length, LONG).toBe(1);
    expect(JSON.parse(await readFile(join(out, 'run.lock'), 'utf8'))).toMatchObject({ child: { pid: process.ppid } });
    letThem();
    await first;
  });

  it('are refused where the folder above is a file', async () => {
    await writeFile(join(folder, 'thesis.tex'), 'mine');
    const asked = aloneInRunFolder(join(folder, 'thesis.tex', 'run'), async () => undefined);
    await expect(asked).rejects.toThrow('out must be a folder, but there is a file');
  });
});
