import { thirdPartyLicenses } from '../../third-party-licenses.mjs';

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
