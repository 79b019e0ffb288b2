import { createServer, type Server } from 'node:http';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { EnvironmentError } from '@dilated-unet/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type * as host from '@dilated-unet/host';
import { type Progress, requireFreeSpace } from '@dilated-unet/host';
import { findPython, type Python } from '../../src/setup/find-python.ts';
import { setUpPaths } from '../../src/setup/paths.ts';
import {
  createEnvironment,
  environmentMatches,
  readEnvironment,
  type EnvironmentPlan,
} from '../../src/setup/python-environment.ts';
import { fakePython, type FakePython } from '../support/fake-programs.ts';
import { temporaryFolder } from '../../../packages/host/test/support/temporary.ts';

const disk = vi.hoisted(() => ({ isFull: false }));
vi.mock('@dilated-unet/host', async (original) => {
  const real = await original<typeof host>();
  const requireFreeSpace: typeof real.requireFreeSpace = (folder, bytes) => {
    real.requireFreeSpace(folder, disk.isFull ? 1e18 : bytes);
  };
  return { ...real, requireFreeSpace };
});
afterEach(() => void (disk.isFull = false));

const { env } = process;
const silent = (): undefined => undefined;

/** A plan for an environment in a folder of its own, that pins `requirement`. */
function planFor(requirement: string): EnvironmentPlan {
  const folder = temporaryFolder();
  const requirements = join(folder, 'requirements.txt');
  writeFileSync(requirements, `${requirement}\n`);
  return {
    paths: setUpPaths(join(folder, 'repository')),
    platform: 'linux-x64',
    device: 'cpu',
    requestedDevice: 'auto',
    requirements,
    python: undefined,
  };
}

describe('with a stand-in for Python', () => {
  let plan: EnvironmentPlan;
  beforeEach(() => {
    plan = planFor('tensorflow-cpu==2.21.0\nnumpy==1.26.4\nnumpy==1.26.3');
  });

  const create = (options: FakePython, signal?: AbortSignal, onProgress: (p: Progress) => void = silent) => {
    const path = fakePython(join(plan.paths.root, '..'), 'python', options);
    return createEnvironment(plan, { path, version: '3.11.7' }, { env, signal, onProgress });
  };

  test('a finished environment has its stamp, and tells its packages as they come', async () => {
    const seen: Progress[] = [];
    const pip = 'echo "Collecting numpy==1.26.4"; echo "Installing collected packages: numpy"';
    const stamp = await create({ pip }, undefined, (progress) => seen.push(progress));
    expect(readEnvironment(plan.paths)).toEqual(stamp);
    expect(environmentMatches(stamp, plan)).toBe(true);
    expect(stamp).toMatchObject({ device: 'cpu', python: { version: '3.11.7' }, versions: { tensorflow: '2.21.0' } });
    expect(seen).toContainEqual(expect.objectContaining({ detail: 'numpy', done: 1, total: 2 }));
  });

  test('any difference in what was asked for makes it another environment', async () => {
    const stamp = await create({});
    const other = planFor('tensorflow-cpu==2.22.0');
    const changes: Partial<EnvironmentPlan>[] = [
      { device: 'cuda' },
      { platform: 'linux-arm64' },
      { requirements: other.requirements },
      { paths: other.paths },
      { python: '/opt/other/python' },
    ];
    for (const change of changes)
      expect(environmentMatches(stamp, { ...plan, ...change }), JSON.stringify(change)).toBe(false);
    expect(environmentMatches({ ...stamp, layout: stamp.layout + 1 }, plan)).toBe(false);
    expect(environmentMatches(stamp, { ...plan, python: stamp.python.path })).toBe(true);
  });

  test('an environment without stamp is unfinished, and is made anew from nothing', async () => {
    mkdirSync(join(plan.paths.environment, 'bin'), { recursive: true });
    writeFileSync(join(plan.paths.environment, 'half'), 'of a file');
    writeFileSync(plan.paths.python, 'half of an interpreter');
    expect(readEnvironment(plan.paths)).toBeUndefined();
    await create({});
    expect(existsSync(join(plan.paths.environment, 'half'))).toBe(false);
    expect(readEnvironment(plan.paths)).toBeDefined();
  });

  test('an environment without interpreter is none, whatever its stamp says', async () => {
    await create({});
    rmSync(plan.paths.python);
    expect(readEnvironment(plan.paths)).toBeUndefined();
  });

  test('a disk without room for a second environment: says that the first can be removed, and keeps it', async () => {
    disk.isFull = true;
    const advice = 'to make room, remove it first';
    await expect(create({})).rejects.toThrow(/Not enough disk space/);
    await expect(create({})).rejects.not.toThrow(advice);
    disk.isFull = false;
    const stamp = await create({});
    disk.isFull = true;
    await expect(create({})).rejects.toThrow(advice);
    expect(readEnvironment(plan.paths)).toEqual(stamp);
  });

  test.each([
    ['root', '/elsewhere'],
    ['layout', 0],
    ['platform', 'linux-arm64'],
  ])(
    'an environment of another %s, which cannot be used, is not kept while a new one is made',
    async (field, value) => {
      await create({});
      const stamp = JSON.parse(readFileSync(plan.paths.environmentStamp, 'utf8')) as object;
      writeFileSync(plan.paths.environmentStamp, JSON.stringify({ ...stamp, [field]: value }));
      await expect(create({ pip: 'exit 2' })).rejects.toThrow(/exit status 2/);
      expect(existsSync(plan.paths.environment)).toBe(false);
      expect(existsSync(plan.paths.earlierEnvironment)).toBe(false);
    },
  );

  test.each<[string, FakePython, RegExp]>([
    ['pip that fails', { pip: 'echo "ERROR: something odd"; exit 2' }, /exit status 2[^]*something odd/],
    ['pip that is killed', { pip: 'kill -9 $$' }, /pip ended with signal SIGKILL/],
    [
      'a full disk',
      {
        pip: 'echo "ERROR: Could not install: OSError: [Errno 28] No space left on device" >&2; exit 1',
      },
      /the disk is full/,
    ],
    [
      'packages that do not load',
      { load: 'echo "ImportError: libstdc++"; exit 1' },
      /do not load \(exit status 1\)[^]*libstdc\+\+/,
    ],
    ['packages that load but say nothing', { load: 'exit 0' }, /do not load/],
  ])('%s leaves nothing, and says why', async (_name, options, expected) => {
    await expect(create(options)).rejects.toThrow(expected);
    expect(existsSync(plan.paths.environment)).toBe(false);
  });

  test('stopping it ends pip and leaves nothing', async () => {
    const controller = new AbortController();
    const progress = ({ detail }: Progress) => {
      if (detail === 'numpy') controller.abort(new Error('enough'));
    };
    const pip = 'echo "Collecting numpy==1.26.4"; sleep 60; touch "$here/survived"';
    await expect(create({ pip }, controller.signal, progress)).rejects.toThrow('enough');
    expect(existsSync(plan.paths.environment)).toBe(false);
  });
});

describe('with the real pip', () => {
  let python: Python;
  let server: Server;
  let index: string;

  beforeAll(async () => {
    const search = findPython(env);
    if (search.found === undefined) throw new Error(`These tests need Python 3.10 - 3.12 ${search.problem}.`);
    python = search.found;
    // An index that knows one package, `tampered`, whose file is not the one that was pinned.
    server = createServer((request, response) => {
      const path = request.url ?? '';
      if (path === '/simple/tampered/') {
        response
          .setHeader('content-type', 'text/html')
          .end('<a href="/tampered-1.0-py3-none-any.whl">tampered-1.0-py3-none-any.whl</a>');
      } else if (path.endsWith('.whl')) response.end('not what was pinned');
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    index = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`;
  });
  afterAll(() => {
    server.close();
  });

  const HASH = `--hash=sha256:${'0'.repeat(64)}`;

  const install = async (requirement: string, url: string): Promise<Error> => {
    const plan = planFor(requirement);
    const only = { PIP_INDEX_URL: url, PIP_FIND_LINKS: '', PIP_NO_INDEX: '', PIP_EXTRA_INDEX_URL: '' };
    const pip = { ...only, NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' };
    const failure = await createEnvironment(plan, python, { env: { ...env, ...pip }, onProgress: silent }).then(
      () => new Error('it was installed'),
      (error: unknown) => error as Error,
    );
    expect(failure).toBeInstanceOf(EnvironmentError);
    expect(existsSync(plan.paths.environment)).toBe(false);
    expect(readdirSync(dirname(plan.requirements))).not.toContain('.venv-tools');
    return failure;
  };

  test('no network: says what could not be fetched and what to do', async () => {
    // Port 9 of this machine: nothing listens.
    const { message } = await install(`numpy==1.26.4 ${HASH}`, 'http://127.0.0.1:9/simple');
    expect(message).toMatch(
      /failed at numpy==1\.26\.4: the package index could not be reached\. Check the network; .*PIP_INDEX_URL/,
    );
  });

  test('a wheel that is missing is named', async () => {
    const { message } = await install(`tensorflow-cpu==2.21.0 ${HASH}`, index);
    expect(message).toMatch(/the package index has no wheel of tensorflow-cpu==2\.21\.0 for this Python and platform/);
  });

  test('a wheel that is not the pinned one is refused', async () => {
    const { message } = await install(`tampered==1.0 ${HASH}`, index);
    expect(message).toMatch(/is not the one that the requirements pin/);
  });
});

test('space is looked for before anything is written, also where the folder is yet to be made', () => {
  const folder = join(temporaryFolder(), 'not', 'yet');
  expect(() => requireFreeSpace(folder, 1)).not.toThrow();
  expect(() => requireFreeSpace(folder, 1e18)).toThrow(
    /Not enough disk space: about 1000000000\.0 GB are written to .*not\/yet/,
  );
});
