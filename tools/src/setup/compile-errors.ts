import { EnvironmentError } from '@dilated-unet/core';
import type { RunResult } from '@dilated-unet/host';

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
  const ending = result.signal === null ? `exit status ${result.code}` : `signal ${result.signal}`;
  return new EnvironmentError(
    `Compiling TensorFlow's Node binding failed (${ending}). Is the compiler complete (Debian, Ubuntu: apt-get ` +
      `install build-essential)? It says:\n${(errors.length > 0 ? errors.slice(0, 10) : lines.slice(-20)).join('\n')}`,
  );
}
