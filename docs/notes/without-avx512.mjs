// node docs/notes/without-avx512.mjs OUT
// Writes to the file OUT the library of ONNX Runtime with the jump taken out that its check for AVX-512 makes, so that it takes its
// kernels for AVX2 on any processor (docs/packages.md). Programs take it where LD_PRELOAD names it; it must be called
// libonnxruntime.so.1:
//   LD_PRELOAD=/tmp/avx2/libonnxruntime.so.1 node packages/bench/dist/inference/cli.js --run RUN --engine cpu --no-peers
// int8 is wrong so: it is chosen by what the processor has.
import { Buffer } from 'node:buffer';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const LIBRARY = '../../node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1';
// test $0xe0, %al: the registers of AVX-512 are saved by the system; je: then its kernels are taken.
const CHECK = Buffer.from('a8e00f84', 'hex');
const NOTHING = Buffer.from('660f1f440000', 'hex');

const out = process.argv[2];
if (out === undefined) throw new Error('Name the file to write: node docs/notes/without-avx512.mjs OUT');
const library = readFileSync(fileURLToPath(new URL(LIBRARY, import.meta.url)));
const at = library.indexOf(CHECK);
if (at < 0 || library.indexOf(CHECK, at + 1) >= 0) {
  throw new Error(
    'The check is not there once, as in ONNX Runtime 1.30.0: look for it in MLAS_PLATFORM::MLAS_PLATFORM.',
  );
}
NOTHING.copy(library, at + 2);
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, library);
