import { expect, test } from 'vitest';
import { compileError } from '../../src/setup/install-errors.ts';

const failed = (output: string) => compileError({ code: 1, signal: null, stdout: '', output }).message;

test("Node's headers that cannot be downloaded: says so, and where else they can come from", () => {
  const message = failed(
    'gyp http GET https://nodejs.org/headers.tar.gz\ngyp ERR! stack FetchError: getaddrinfo ENOTFOUND nodejs.org',
  );
  expect(message).toMatch(
    /headers are not on this machine and nodejs\.org could not be reached.*npm config set nodedir FOLDER/,
  );
});

test('a full disk', () => {
  expect(failed('/tmp/ccX.s: Fatal error: cannot write: No space left on device')).toMatch(/the disk is full/);
});

test('the first errors of the compiler, without the rest of the log', () => {
  const log = [
    ...Array<string>(300).fill('gyp info spawn args'),
    "tfjs_backend.cc:17:10: fatal error: 'algorithm' file not found",
    'gyp ERR! not ok',
  ];
  const message = failed(log.join('\n'));
  expect(message).toContain("fatal error: 'algorithm' file not found");
  expect(message).not.toContain('gyp info');
});

test('a compiler that is killed', () => {
  expect(compileError({ code: null, signal: 'SIGKILL', stdout: '', output: 'CXX(target)' }).message).toMatch(
    /\(signal SIGKILL\)/,
  );
});
