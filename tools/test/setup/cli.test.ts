import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** The commands as Nx runs them: built. */
function run(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const script = fileURLToPath(new URL(`../../dist/setup/${name}.js`, import.meta.url));
  return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', env: { ...process.env, ...env } });
}

describe('tools:setup', () => {
  test('--help teaches: prerequisites, disk, examples', () => {
    const { status, stdout } = run('cli', ['--help']);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /--device <device>[^]*--python <path>[^]*Needs Linux x86-64[^]*npx nx run tools:setup --device cuda/,
    );
  });

  test.each([
    [['--device', 'tpu'], /argument 'tpu' is invalid\. Allowed choices are auto, cpu, cuda/],
    [['--devise', 'cpu'], /unknown option '--devise'/],
    [['cpu'], /too many arguments/],
  ])('%j is refused with what is allowed', (args, expected) => {
    const { status, stderr } = run('cli', args);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(expected);
  });

  test.each([
    ['--python', ['--python', '/no/such/python'], {}],
    ['DILATED_UNET_PYTHON', [], { DILATED_UNET_PYTHON: '/no/such/python' }],
  ])(
    'a Python that is not there, by %s: one message, no stack, exit status 1, and the environment is kept',
    (_name, args, env) => {
      const { status, stderr } = run('cli', args, env);
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /The set-up cannot start\. Missing here:\n {2}- Python 3\.10.* \(\/no\/such\/python is not a program/,
      );
      expect(stderr).not.toMatch(/ at .*\.js:\d+/);
      expect(run('cli', []).stdout).toMatch(
        /Set-up: TensorFlow 2\.21\.0 \(c\w+\), Python 3\.1[012]\.\d+, there already\./,
      );
    },
  );
});

test('tools:chromium refuses what it does not know, and a CHROME_PATH that is none', () => {
  expect(run('chromium-cli', ['--browser', 'x']).stderr).toMatch(/unknown option '--browser'/);
  const { status, stderr } = run('chromium-cli', [], { CHROME_PATH: '/no/such/browser' });
  expect(status).toBe(1);
  expect(stderr).toMatch(/CHROME_PATH names \/no\/such\/browser/);
});
