import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a server of models behaves. */
export interface ServerHabits {
  /** Whether it answers requests for ranges. @default true */
  readonly ranges?: boolean;
  /** Whether pages of other origins may read it, and see the size of the file of which they get a part. @default true */
  readonly cors?: boolean;
  readonly exposed?: boolean;
  /** Sends so much of each body, and no more; with `closes`, it ends the connection then. @default all */
  readonly bytes?: number;
  readonly closes?: boolean;
  /** Answers all with this. @default what fits */
  readonly status?: number;
  /** Name and password, joined by a colon, and query, without which it answers 401. @default none */
  readonly user?: string;
  readonly query?: string;
}

export interface ModelServer {
  /** Of its folder, with the slash. */
  readonly url: string;
  /** Files by path, without a slash in front. */
  readonly files: Map<string, Uint8Array>;
  habits: ServerHabits;
  /** What was asked for since it was last emptied: path, range, and bytes sent. */
  readonly log: { readonly path: string; readonly range: string | undefined; readonly bytes: number }[];
  close(): Promise<void>;
}

/** A server of another origin than the page. */
export async function serveModels(files: Record<string, Uint8Array>): Promise<ModelServer> {
  const state = { files: new Map(Object.entries(files)), habits: {} as ServerHabits, log: [] as ModelServer['log'] };
  const server = createServer((request, response) => answer(state, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

function answer(
  { files, habits, log }: Pick<ModelServer, 'files' | 'habits' | 'log'>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { ranges = true, cors = true, exposed = true, bytes: most = Infinity, closes = false } = habits;
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  const path = pathname.slice(1);
  const { range, authorization } = request.headers;
  if (cors) response.setHeader('Access-Control-Allow-Origin', '*');
  if (cors && exposed) response.setHeader('Access-Control-Expose-Headers', 'Content-Range');
  // Ranges alone need no preflight.
  if (request.method === 'OPTIONS' && request.headers['access-control-request-headers'] === 'authorization') {
    response.writeHead(204, { 'Access-Control-Allow-Headers': 'authorization' }).end();
    return;
  }
  const mayRead =
    (habits.user === undefined || authorization === `Basic ${Buffer.from(habits.user).toString('base64')}`) &&
    (habits.query === undefined || search === habits.query);
  const status = habits.status ?? (mayRead ? undefined : 401);
  if (status !== undefined) {
    log.push({ path, range, bytes: 0 });
    response.writeHead(status).end();
    return;
  }
  const file = files.get(path);
  if (file === undefined || request.method !== 'GET') {
    log.push({ path, range, bytes: 0 });
    // Of a preflight too: pages must do without.
    response.writeHead(file === undefined ? 404 : 405).end();
    return;
  }
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  const isPart = ranges && first !== undefined && last !== undefined;
  const body = isPart ? file.subarray(Number(first), Number(last) + 1) : file;
  if (isPart) response.setHeader('Content-Range', `bytes ${first}-${last}/${file.length}`);
  response.writeHead(isPart ? 206 : 200, { 'Content-Length': body.length, 'Content-Type': 'application/octet-stream' });
  const sent = body.subarray(0, most);
  log.push({ path, range, bytes: sent.length });
  response.write(sent, () => {
    if (sent.length === body.length) response.end();
    else if (closes) response.destroy();
  });
}
