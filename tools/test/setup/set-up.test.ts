import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { EnvironmentError } from '@dilated-unet/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { findPython } from '../../src/setup/find-python.ts';
import { setUpPaths } from '../../src/setup/paths.ts';
import type { Progress } from '@dilated-unet/host';
import { setUp, toolsPython, type SetUpOptions } from '../../src/setup/set-up.ts';
import { fakePython, program } from '../support/fake-programs.ts';
import { fakeRepository, type FakeRepository } from '../support/fake-repository.ts';

/**
 * The whole set-up in a repository of its own: the Python packages are stand-ins, the compiler and node-gyp are real.
 */
describe('a set-up', () => {
  let repository: FakeRepository;
  let options: SetUpOptions & { root: string };
  let pipRuns: string;

  beforeEach(() => {
    repository = fakeRepository();
    pipRuns = join(dirname(repository.root), 'pip-runs');
    options = { env: process.env, device: 'cpu', root: repository.root, python: standIn() };
  });

  /** A stand-in for Python that counts its runs of pip. node-gyp, which runs Python too, gets a real one. */
  function standIn(name = 'python', pip = ':'): string {
    const real = findPython(process.env).found?.path ?? '';
    return fakePython(dirname(repository.root), name, { pip: `echo run >> ${pipRuns}; ${pip}`, real });
  }
  const pipCount = () => (existsSync(pipRuns) ? readFileSync(pipRuns, 'utf8').split('\n').length - 1 : 0);
  const lockFolder = () => readdirSync(dirname(setUpPaths(repository.root).lock));

  test('makes both parts, and a second one makes nothing', async () => {
    const first = await setUp(options);
    expect(first.made).toEqual(['environment', 'binding']);
    const { tensorflow } = first.environment;
    const linked = (name: string) => readlinkSync(join(repository.binding, 'deps', 'lib', name));
    expect(linked('libtensorflow.so')).toBe(join(tensorflow, 'libtensorflow_cc.so.2'));
    expect(linked('libtensorflow_framework.so')).toBe(join(tensorflow, 'libtensorflow_framework.so.2'));
    // Its run path: the library is loaded from the wheel, not through the links.
    expect(readFileSync(join(repository.binding, 'lib', 'napi-v8', 'tfjs_binding.node'), 'latin1')).toContain(
      `${tensorflow}:`,
    );
    expect(toolsPython(repository.root)).toBe(setUpPaths(repository.root).python);
    const second = await setUp(options);
    expect(second).toEqual({ environment: first.environment, made: [] });
    expect(pipCount()).toBe(1);
    expect(lockFolder()).toEqual([]);
    expect(existsSync(join(repository.binding, 'build'))).toBe(false);
  });

  test('is repaired by the next: environment unfinished, binding gone, package installed anew', async () => {
    await setUp(options);
    rmSync(setUpPaths(repository.root).environmentStamp);
    expect(() => toolsPython(repository.root)).toThrow(/missing or unfinished\. Run "npx nx run tools:setup" first/);
    expect((await setUp(options)).made).toEqual(['environment', 'binding']);
    for (const name of ['lib', 'deps']) rmSync(join(repository.binding, name), { recursive: true });
    expect((await setUp(options)).made).toEqual(['binding']);
    expect(pipCount()).toBe(2);
  });

  test('that another process left half done, with its lock, is made anew', async () => {
    const paths = setUpPaths(repository.root);
    const crashed = spawnSync('sh', [
      '-c',
      `mkdir -p ${paths.environment}/bin ${dirname(paths.lock)}; touch ${paths.python}`,
    ]);
    writeFileSync(paths.lock, JSON.stringify({ pid: crashed.pid, started: '1' }));
    expect((await setUp(options)).made).toEqual(['environment', 'binding']);
    expect(lockFolder()).toEqual([]);
  });

  test('waits for one that runs already, and then has nothing to do', async () => {
    const seen: Progress[] = [];
    const results = await Promise.all([
      setUp(options),
      setUp({ ...options, onProgress: (progress) => seen.push(progress) }),
    ]);
    expect(results.map(({ made }) => made.length).sort()).toEqual([0, 2]);
    expect(seen).toEqual([{ phase: `waiting for another set-up (process ${process.pid})` }]);
    expect(pipCount()).toBe(1);
  });

  test('that fails in pip leaves no environment, and the next one goes on', async () => {
    const broken = standIn('broken', 'echo "ERROR: No matching distribution found for keras==3.15.1"; exit 1');
    await expect(setUp({ ...options, python: broken })).rejects.toThrow(/no wheel of keras==3\.15\.1/);
    expect(existsSync(setUpPaths(repository.root).environment)).toBe(false);
    expect(lockFolder()).toEqual([]);
    expect((await setUp(options)).made).toEqual(['environment', 'binding']);
  });

  test('that fails to compile keeps the environment, says what the compiler says, and leaves no binding', async () => {
    const cxx = program(dirname(repository.root), 'bad-compiler', 'echo "fatal error: no such header" >&2; exit 1');
    const failing = setUp({ ...options, env: { ...process.env, CXX: cxx } });
    await expect(failing).rejects.toThrow(/binding failed \(exit status 1\)[^]*no such header/);
    await expect(failing).rejects.toThrow(EnvironmentError);
    expect(readdirSync(repository.binding).sort()).toEqual(['binding.cc', 'binding.gyp', 'index.js', 'package.json']);
    expect((await setUp(options)).made).toEqual(['binding']);
  });

  test('does not accept a binding that computes wrongly or does not load', async () => {
    const index = join(repository.binding, 'index.js');
    const good = readFileSync(index, 'utf8');
    writeFileSync(index, good.replace('sum + v', 'sum - v'));
    await expect(setUp(options)).rejects.toThrow(
      /computes \[\[1, 2\], \[3, 4\]\] x \[\[5, 6\], \[7, 8\]\] = -19,-22,-43,-50/,
    );
    writeFileSync(index, 'throw new Error("libtensorflow_cc.so.2: cannot open shared object file")');
    await expect(setUp(options)).rejects.toThrow(/does not load \(exit status 1\)[^]*cannot open shared object file/);
    expect(existsSync(join(repository.binding, 'lib'))).toBe(false);
  });

  test('that is stopped while compiling leaves no binding, and gives the lock back', async () => {
    const controller = new AbortController();
    const onProgress = ({ phase }: Progress) => {
      if (phase.startsWith('compiling')) controller.abort(new Error('enough'));
    };
    await expect(setUp({ ...options, onProgress, signal: controller.signal })).rejects.toThrow('enough');
    expect(existsSync(join(repository.binding, 'lib'))).toBe(false);
    expect(lockFolder()).toEqual([]);
  });

  test('keeps the environment that it cannot replace', async () => {
    const { environment } = await setUp(options);
    const broken = standIn('broken', 'echo "ERROR: No matching distribution found for keras==3.15.1"; exit 1');
    await expect(setUp({ ...options, device: 'cuda', python: broken })).rejects.toThrow(/no wheel of keras==3\.15\.1/);
    expect(existsSync(setUpPaths(repository.root).earlierEnvironment)).toBe(false);
    expect(await setUp(options)).toEqual({ environment, made: [] });
  });

  test('that was killed while it replaced an environment: the next one takes the earlier one back', async () => {
    const { environment } = await setUp(options);
    const paths = setUpPaths(repository.root);
    renameSync(paths.environment, paths.earlierEnvironment);
    mkdirSync(join(paths.environment, 'bin'), { recursive: true });
    writeFileSync(paths.python, 'half of an interpreter');
    expect(await setUp(options)).toEqual({ environment, made: [] });
    expect(existsSync(paths.earlierEnvironment)).toBe(false);
  });

  test('that was killed before it removed the environment that it replaced: the next one removes it', async () => {
    const { environment } = await setUp(options);
    const paths = setUpPaths(repository.root);
    mkdirSync(paths.earlierEnvironment);
    expect(await setUp(options)).toEqual({ environment, made: [] });
    expect(existsSync(paths.earlierEnvironment)).toBe(false);
  });

  test('takes CUDA where nvidia-smi lists a GPU, keeps it where none answers later, and keeps what was asked for', async () => {
    const smi = join(dirname(repository.root), 'gpu');
    program(smi, 'nvidia-smi', 'echo "GPU 0: NVIDIA H100"');
    const withGpu = { ...process.env, PATH: `${smi}:${process.env['PATH']}` };
    const { device: _device, ...auto } = options;
    const found = await setUp({ ...auto, env: withGpu });
    expect(found.environment).toMatchObject({ device: 'cuda', requestedDevice: 'auto' });
    const notes: string[] = [];
    const onNote = (line: string) => notes.push(line);
    expect((await setUp({ ...auto, env: withGpu, onNote })).made).toEqual([]);
    expect(notes).toEqual([]);
    program(smi, 'nvidia-smi', 'echo "Failed to initialize NVML: Driver/library version mismatch"; exit 18');
    expect(await setUp({ ...auto, env: withGpu, onNote })).toEqual({ environment: found.environment, made: [] });
    expect(notes).toEqual([expect.stringContaining('TensorFlow for CUDA is kept')]);
    const asked = await setUp({ ...auto, device: 'cpu', env: withGpu });
    expect(asked).toMatchObject({
      environment: { device: 'cpu', requestedDevice: 'cpu' },
      made: ['environment', 'binding'],
    });
    const { python: _python, ...any } = auto;
    expect((await setUp({ ...any, env: withGpu })).made).toEqual([]);
  });
});
