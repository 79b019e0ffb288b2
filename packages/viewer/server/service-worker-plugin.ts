import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const NAME = 'service-worker.js';

/** Files beside the build that the page opens with. */
const BESIDE = ['./', 'icon.svg', 'models.json', 'sample/phantom.tif', 'sample/phantom-labels.tif'];

/** Builds the service worker, and tells it which files to keep; WebAssembly is kept when it is needed. */
export function serviceWorkerPlugin(root: string): Plugin {
  return {
    name: 'service-worker',
    buildStart() {
      this.emitFile({ type: 'chunk', id: join(root, 'src', NAME.replace('.js', '.ts')), fileName: NAME });
    },
    generateBundle(_options, bundle) {
      const worker = bundle[NAME];
      if (worker?.type !== 'chunk') throw new Error('The build has no service worker.');
      const names = Object.keys(bundle);
      const built = names.filter((name) => name !== NAME && !/\.(wasm|html)$/.test(name));
      const files = JSON.stringify([...BESIDE, ...built]);
      const wasm = JSON.stringify(names.filter((name) => name.endsWith('.wasm')));
      const build = createHash('sha256').update(files).digest('hex').slice(0, 12);
      worker.code = worker.code
        .replaceAll('__BUILD__', JSON.stringify(build))
        .replaceAll('__FILES__', files)
        .replaceAll('__WASM__', wasm);
    },
  };
}
