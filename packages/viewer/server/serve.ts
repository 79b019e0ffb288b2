import { hostname } from 'node:os';
import { preview, type PreviewServer } from 'vite';
import { compressedFiles } from './compressed-files.ts';
import { fileAnswer, modelList, type OfferedFile } from './offered-models.ts';
import { pageConfig } from './page-config.ts';

/** With these a page may use threads. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'credentialless',
};

/** With these the server listens for other machines too, which may call this one by its name. */
const ALL_ADDRESSES = ['0.0.0.0', '::'];

interface ServeOptions {
  /** Folder of the built page. */
  readonly page: string;
  readonly models: readonly OfferedFile[];
  readonly port: number;
  readonly host: string;
  /** Whether the page may use threads. @default true */
  readonly isIsolated?: boolean;
}

/** Serves the built page with `models` beside it. */
export async function serve({ page, models, port, host, isIsolated = true }: ServeOptions): Promise<PreviewServer> {
  const config = pageConfig(page);
  const list = await modelList(models);
  const headers = isIsolated ? ISOLATION : {};
  return preview({
    ...config,
    appType: 'mpa',
    preview: { port, host, headers, allowedHosts: ALL_ADDRESSES.includes(host) ? [hostname().toLowerCase()] : [] },
    plugins: [
      {
        name: 'compressed-files',
        configurePreviewServer({ middlewares }) {
          middlewares.use(compressedFiles(page, headers));
        },
      },
      {
        name: 'offered-models',
        configurePreviewServer({ middlewares }) {
          middlewares.use('/models.json', (_request, response) => {
            response.setHeader('Content-Type', 'application/json');
            response.end(list);
          });
          middlewares.use('/models/', (request, response, next) => {
            const name = decodeURIComponent((request.url ?? '').slice(1));
            const model = models.find((each) => each.name === name);
            if (model === undefined) return next();
            const { status, headers, body } = fileAnswer(model.path, request.headers.range);
            response.writeHead(status, headers);
            body().on('error', next).pipe(response);
          });
        },
      },
    ],
  });
}
