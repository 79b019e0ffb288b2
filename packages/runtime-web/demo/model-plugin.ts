import { createReadStream, readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type { Plugin } from 'vite';

/** Serves the model at `path` beside the page (or puts it there in a build) and tells the page so by a meta element. */
export function modelPlugin(path: string): Plugin {
  const served = `model${extname(path)}`;
  return {
    name: 'dilated-unet-model',
    transformIndexHtml: () => [
      { tag: 'meta', attrs: { name: 'model', content: served, 'data-name': basename(path) }, injectTo: 'head' },
    ],
    configureServer({ middlewares }) {
      middlewares.use(`/${served}`, (_request, response, next) => {
        response.setHeader('Content-Type', 'application/octet-stream');
        createReadStream(path).on('error', next).pipe(response);
      });
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: served, source: readFileSync(path) });
    },
  };
}
