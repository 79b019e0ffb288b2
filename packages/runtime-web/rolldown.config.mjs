import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { thirdPartyLicenses } from '../../third-party-licenses.mjs';

// First the package, in one target of Nx with what is made of it: an output within that of another target would be kept twice.
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
try {
  execFileSync(process.execPath, [tsc, '-b', 'tsconfig.json'], { cwd: import.meta.dirname, stdio: 'inherit' });
} catch {
  // It has said why.
  process.exit(1);
}

/** Makes files for pages without a bundler: everything but ONNX Runtime, which they load from `wasmPaths`. */
export default {
  input: Object.fromEntries(
    ['index', 'worker', 'canvas', 'openseadragon', 'viv'].map((entry) => [entry, `dist/${entry}.js`]),
  ),
  external: /^onnxruntime-web/,
  platform: 'browser',
  plugins: [thirdPartyLicenses().write],
  output: { dir: 'dist/standalone', cleanDir: true, minify: true, chunkFileNames: 'chunks/[name]-[hash].js' },
};
