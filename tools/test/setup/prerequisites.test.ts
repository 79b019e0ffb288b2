import { EnvironmentError } from '@dilated-unet/core';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkPrerequisites, type Machine } from '../../src/setup/prerequisites.ts';
import { fakePython, program } from '../support/fake-programs.ts';
import { temporaryFolder } from '../../../packages/host/test/support/temporary.ts';

/** The shell's own tools, which the stand-ins call. */
const SYSTEM = '/usr/bin:/bin';

let bin: string;
let machine: Machine;

beforeEach(() => {
  const folder = temporaryFolder();
  bin = join(folder, 'bin');
  mkdirSync(bin);
  machine = { env: { PATH: bin }, platform: 'linux-x64', nodeVersion: '20.20.2', root: folder };
});

/** The message of the error that checking throws; an empty text when it throws none. */
function complaint(change: Partial<Machine> = {}, python?: string): string {
  try {
    checkPrerequisites({ ...machine, ...change }, python);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(EnvironmentError);
    return (error as Error).message;
  }
}

function complete(): void {
  fakePython(bin, 'python3.11');
  program(bin, 'g++', 'exit 0');
  program(bin, 'make', 'exit 0');
  // Stand-ins are shell scripts that call the system's tools by absolute path or through PATH.
  for (const tool of ['readlink', 'dirname', 'echo']) program(bin, tool, `exec /usr/bin/${tool} "$@"`);
}

test('a machine that has everything passes, and tells which Python and compiler', () => {
  complete();
  const found = checkPrerequisites(machine);
  expect(found.python).toEqual({ path: join(bin, 'python3.11'), version: '3.11.7' });
  expect(found.cxx).toBe(join(bin, 'g++'));
});

test('an empty machine is told everything at once', () => {
  const message = complaint({ platform: 'darwin-arm64', nodeVersion: '23.1.0' });
  expect(message).toMatch(/Linux on x86-64 \(this is darwin-arm64\)/);
  expect(message).toMatch(/Node 20 \(from 20\.19\) or 22 \(from 22\.12; this is 23\.1\.0\)/);
  expect(message).toMatch(/Python 3\.10, 3\.11 or 3\.12 with venv \(none found on PATH\)/);
  expect(message).toMatch(/a C\+\+ compiler .*apt-get install g\+\+/);
  expect(message).toMatch(/make\. Debian/);
  expect(message.match(/^ {2}- /gm)).toHaveLength(5);
});

describe('each thing that is missing is named alone', () => {
  beforeEach(complete);

  test.each([
    ['18.20.0', false],
    ['20.18.3', false],
    ['20.19.0', true],
    ['21.7.0', false],
    ['22.11.0', false],
    ['22.12.0', true],
    ['23.0.0', false],
    ['24.1.0', false],
  ])('Node %s is allowed: %s', (nodeVersion, allowed) => {
    expect(complaint({ nodeVersion }) === '').toBe(allowed);
  });

  test('a compiler: CXX that is no program is not replaced by another', () => {
    expect(complaint({ env: { ...machine.env, CXX: 'no-such-compiler' } })).toMatch(
      /Missing here:\n {2}- a C\+\+ compiler/,
    );
    program(bin, 'ccache', 'exit 0');
    expect(checkPrerequisites({ ...machine, env: { ...machine.env, CXX: 'ccache g++' } }).cxx).toBe('ccache g++');
  });

  test('a folder that compilers and make can take', () => {
    expect(complaint({ root: '/home/ana/my projects/unet' })).toMatch(/\/home\/ana\/my projects\/unet holds " "/);
    for (const odd of ['#', '=', ';', '*', '?']) {
      expect(complaint({ root: `/home/ana/unet${odd}2` })).toContain(`/home/ana/unet${odd}2 holds "${odd}"`);
    }
    expect(complaint({ root: '/home/ana/~%!+@[]{}^-ä/unet' })).toBe('');
  });
});

describe('the Python', () => {
  beforeEach(() => {
    program(bin, 'g++', 'exit 0');
    program(bin, 'make', 'exit 0');
    machine = { ...machine, env: { PATH: `${bin}:${SYSTEM}` } };
  });

  test('is the first that will do: one that is broken, too old or without venv is passed over', () => {
    program(bin, 'python3.11', 'exit 127');
    fakePython(bin, 'python3.12', { version: '3.12.1', venv: false });
    fakePython(bin, 'python3.10', { version: '3.10.13' });
    expect(checkPrerequisites(machine).python.version).toBe('3.10.13');
  });

  test('is described where none will do, each by what is wrong with it', () => {
    program(bin, 'python3.11', 'exit 127');
    fakePython(bin, 'python3.12', { version: '3.12.1', venv: false });
    for (const name of ['python3.10', 'python3', 'python']) fakePython(bin, name, { version: '3.13.0' });
    const message = complaint();
    expect(message).toMatch(/python3\.11 is not a working Python 3 \(exit status 127\)/);
    expect(message).toMatch(/python3\.12 is Python 3\.12\.1 without venv .*python3\.12-venv/);
    expect(message).toMatch(/python3 is Python 3\.13\.0/);
    expect(message).toMatch(/apt-get install python3 python3-venv; or name one: DILATED_UNET_PYTHON=/);
  });

  test.each(['3.9.2', '3.13.5'])('that is only there as %s: says how to get another beside it', (version) => {
    for (const name of ['python3.12', 'python3.11', 'python3.10', 'python3', 'python'])
      fakePython(bin, name, { version });
    const message = complaint();
    expect(message).toMatch(/uv python install 3\.12, .*conda create .* DILATED_UNET_PYTHON=FOLDER\/bin\/python/);
    expect(message).not.toContain('apt-get');
  });

  test.each(['3.9.18', '3.13.0', '2.7.18', '4.11.0'])('%s is refused also when it is asked for', (version) => {
    fakePython(bin, 'python3.11');
    const asked = fakePython(bin, 'asked', { version });
    expect(complaint({}, asked)).toContain(`${asked} is Python ${version}`);
  });

  test('that is asked for is taken before others', () => {
    fakePython(bin, 'python3.11');
    const asked = fakePython(join(bin, 'elsewhere'), 'python', { version: '3.12.4' });
    expect(checkPrerequisites(machine, asked).python).toEqual({ path: asked, version: '3.12.4' });
    expect(complaint({}, '/no/such/python')).toMatch(/\/no\/such\/python is not a program that may be run/);
  });
});
