import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a shell script that may be run. @returns its path. */
export function program(folder: string, name: string, script: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

export interface FakePython {
  readonly version?: string;
  readonly venv?: boolean;
  /** Shell script that stands for `pip install`. @default succeeds */
  readonly pip?: string;
  /** Shell script that stands for loading what was installed. @default succeeds */
  readonly load?: string;
  /** A real Python for whatever else is asked of it, by node-gyp for example. */
  readonly real?: string;
}

/**
 * Writes a stand-in for Python: it answers the questions that the set-up asks, and `-m venv` makes a folder with itself
 * in it. What is "installed" is a TensorFlow folder with a text in place of each library.
 */
export function fakePython(folder: string, name: string, options: FakePython = {}): string {
  const { version = '3.11.7', venv = true, pip = ':', load = ':', real = '/bin/false' } = options;
  return program(
    folder,
    name,
    `
self=$(readlink -f "$0")
here=$(dirname "$(dirname "$self")")
case "$*" in
  *"-m venv "*)
    for target; do :; done
    mkdir -p "$target/bin" && cp "$self" "$target/bin/python" ;;
  *"-m pip install"*)
    ${pip} ;;
  *tf2onnx*)
    ${load}
    mkdir -p "$here/tensorflow/include"
    echo library > "$here/tensorflow/libtensorflow_cc.so.2"
    echo library > "$here/tensorflow/libtensorflow_framework.so.2"
    echo '{"tensorflow": "'"$here"'/tensorflow", "versions": {"tensorflow": "2.21.0"}}' ;;
  *ensurepip*)
    echo '{"path": "'"$self"'", "version": "${version}", "venv": ${venv}, "wide": true}' ;;
  *)
    exec ${real} "$@" ;;
esac`,
  );
}
