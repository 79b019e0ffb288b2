import { createReadStream, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Plugin } from 'vite';

const URL_PATH = 'model.onnx';

/** Serves the model at `path` beside the page (or puts it there in a build) and tells the page so by a meta element. */
export function modelPlugin(path: string): Plugin {
  return {
    name: 'dilated-unet-model',
    transformIndexHtml: () => [
      { tag: 'meta', attrs: { name: 'model', content: URL_PATH, 'data-name': basename(path) }, injectTo: 'head' },
    ],
    configureServer({ middlewares }) {
      middlewares.use(`/${URL_PATH}`, (_request, response, next) => {
        response.setHeader('Content-Type', 'application/octet-stream');
        createReadStream(path).on('error', next).pipe(response);
      });
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: URL_PATH, source: readFileSync(path) });
    },
  };
}
