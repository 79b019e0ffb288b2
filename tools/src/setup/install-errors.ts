import { EnvironmentError } from '@dilated-unet/core';
import type { RunResult } from '@dilated-unet/host';

interface Cause {
  readonly pattern: RegExp;
  /** What was wrong and what to do, given what the pattern found. */
  readonly explain: (match: RegExpExecArray) => string;
}

const UNREACHABLE = [
  'NewConnectionError',
  'Connection refused',
  'Network is unreachable',
  'name resolution',
  'Name or service not known',
  'ConnectTimeout',
  'Read timed out',
  'Max retries exceeded',
  'connection broken',
  'Connection aborted',
  'IncompleteRead',
];

const CAUSES: readonly Cause[] = [
  {
    pattern: /No space left on device|Errno 28|ENOSPC/i,
    explain: () => 'the disk is full. Free some space (pip also writes to TMPDIR and to its cache), then run it again',
  },
  {
    pattern: /CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerificationError/,
    explain: () =>
      'the package index was reached, but its TLS certificate is not trusted. Behind a proxy that re-signs traffic, ' +
      'name its certificate in PIP_CERT, then run it again',
  },
  {
    pattern: /ProxyError|Tunnel connection failed|407 Proxy/,
    explain: () => 'the proxy refused the connection. Check HTTPS_PROXY, then run it again',
  },
  {
    pattern: new RegExp(UNREACHABLE.join('|'), 'i'),
    explain: () =>
      'the package index could not be reached. Check the network; an index of your own is named with PIP_INDEX_URL, ' +
      'a folder of wheels with PIP_FIND_LINKS and PIP_NO_INDEX=1. Then run it again',
  },
  {
    pattern: /THESE PACKAGES DO NOT MATCH THE HASHES/,
    explain: () =>
      'a downloaded file is not the one that the requirements pin (its SHA-256 differs). ' +
      'Empty pip\'s cache ("pip cache purge"), check the index that PIP_INDEX_URL names, then run it again',
  },
];

/** A full disk and a dead network also make pip say so, and name the cause in a warning before. */
const NO_WHEEL: Cause = {
  pattern: /No matching distribution found for ([^\s]+)/,
  explain: (match) =>
    `the package index has no wheel of ${match[1]} for this Python and platform. The pinned versions need Python ` +
    '3.10, 3.11 or 3.12 on Linux x86-64 with glibc 2.28 or later; check the index that PIP_INDEX_URL names',
};

/**
 * Why pip failed, for the user.
 *
 * @param output what pip printed.
 * @param status how it ended, for example `exit status 1`.
 */
export function pipError(output: string, status: string): EnvironmentError {
  const what = unfetched(output);
  const head = `Installing the Python packages failed${what === undefined ? '' : ` at ${what}`}: `;
  const cause = causeIn(failures(output), CAUSES) ?? causeIn(output, [...CAUSES, NO_WHEEL]);
  if (cause !== undefined) return new EnvironmentError(`${head}${cause}.\npip says: ${errorLines(output)}`);
  return new EnvironmentError(
    `${head}pip ended with ${status}. Run it again; if it fails again, pip says:\n${errorLines(output, 20)}`,
  );
}

/** What pip calls an error. It warns of what it tried again with success, too. */
function failures(output: string): string {
  return output
    .split('\n')
    .filter((line) => line.startsWith('ERROR'))
    .join('\n');
}

function causeIn(text: string, causes: readonly Cause[]): string | undefined {
  for (const { pattern, explain } of causes) {
    const match = pattern.exec(text);
    if (match !== null) return explain(match);
  }
  return undefined;
}

/** The package that pip was busy with: the one it names in its error, else the last that it began to fetch. */
function unfetched(output: string): string | undefined {
  const named = /No matching distribution found for ([^\s]+)/.exec(output)?.[1];
  return named ?? [...output.matchAll(/^\s*(?:Collecting|Downloading) ([^\s]+)/gm)].at(-1)?.[1];
}

function errorLines(output: string, count = 3): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => /error/i.test(line));
  return (errors.length > 0 ? errors : lines).slice(-count).join('\n').trim();
}

/** Why node-gyp failed, for the user. */
export function compileError(result: RunResult): EnvironmentError {
  const { output } = result;
  if (output.includes('No space left on device')) {
    return new EnvironmentError(
      "Compiling TensorFlow's Node binding failed: the disk is full. Free some space, then run it again.",
    );
  }
  if (/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|getaddrinfo/.test(output)) {
    return new EnvironmentError(
      "Compiling TensorFlow's Node binding failed: Node's headers are not on this machine and nodejs.org could not " +
        "be reached. Install them (Debian: libnode-dev; Node's own archives hold them in include/node), or name the " +
        'folder that holds include/node: npm config set nodedir FOLDER.',
    );
  }
  const lines = output.split('\n');
  const errors = lines.filter((line) => /\berror\b/i.test(line));
  return new EnvironmentError(
    `Compiling TensorFlow's Node binding failed (${ending(result)}). Is the compiler complete (Debian, Ubuntu: apt-get ` +
      `install build-essential)? It says:\n${(errors.length > 0 ? errors.slice(0, 10) : lines.slice(-20)).join('\n')}`,
  );
}

/** How a program ended, for messages. */
export function ending({ code, signal }: RunResult): string {
  return signal === null ? `exit status ${code}` : `signal ${signal}`;
}
