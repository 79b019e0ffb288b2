import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EnvironmentError, InvalidImageError, section } from '@dilated-unet/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blobBytes, encodeTiffStack, openTiff, readSection, readWhole, urlBytes } from '../src/index.ts';
import { expectedStack } from './support/fixtures.ts';
import { expectSameStack } from './support/stacks.ts';

const STACK = expectedStack('uint16', 400, 300, 5);
let file: Uint8Array;
let sent = 0;
let address = '';
/** How many more answers fail, and what was asked with. */
let failures = 0;
let authorization: string | undefined;

/** Sends the ranges that are asked for; what the path says, it does wrong. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const [, first, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
  const end = Math.min(Number(last) + 1, file.length);
  if (request.url === '/missing') return void response.writeHead(404).end('nothing here');
  if (request.url === '/hangs' && first !== '0') return;
  if (request.url === '/user') {
    authorization = request.headers.authorization;
    return void response.writeHead(authorization === undefined ? 401 : 200).end(file);
  }
  if (request.url === '/halts') return void response.writeHead(200).write(file.subarray(0, 1000));
  if (request.url === '/busy' && failures-- > 0) return void response.writeHead(503, { 'Retry-After': '0.01' }).end();
  if (request.url === '/later') return void response.writeHead(429, { 'Retry-After': '30' }).end();
  if (request.url === '/endless') {
    response.writeHead(200);
    const more = (): void =>
      void (response.write(Buffer.alloc(2 ** 22)) ? setImmediate(more) : response.once('drain', more));
    return more();
  }
  if (request.url === '/whole' || (request.url === '/forgets' && first !== '0')) {
    return void response.writeHead(200).end(file);
  }
  const part = file.subarray(Number(first), end - (request.url === '/short' && first !== '0' ? 1 : 0));
  sent += part.length;
  const range = request.url === '/secret' ? {} : { 'Content-Range': `bytes ${first}-${end - 1}/${file.length}` };
  response.writeHead(206, range);
  if (request.url !== '/drops' || first === '0' || failures-- <= 0) return void response.end(part);
  response.write(part.subarray(0, 10), () => response.destroy());
}

const server = createServer(answer);
beforeAll(async () => {
  file = await encodeTiffStack(STACK);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('urlBytes', () => {
  it('asks for what is needed', async () => {
    sent = 0;
    const source = await openTiff(await urlBytes(`${address}/stack.tif`));
    const { data } = await readSection(source, 3);
    expect(data).toEqual(section(STACK, 3).data);
    expect(sent).toBeLessThan(0.6 * file.length);
    expectSameStack(await readWhole(source), STACK);
  });

  it('reads the whole from a server without ranges', async () => {
    expectSameStack(await readWhole(await openTiff(await urlBytes(new URL(`${address}/whole`)))), STACK);
  });

  it('stops at 256 MiB of it', async () => {
    await expect(urlBytes(`${address}/endless`)).rejects.toThrow(
      /sends no ranges, and the file is larger than 268435456/,
    );
  });

  it.each([
    ['missing', /missing: the server answers 404 Not Found/],
    ['secret', /does not tell how long the file is .*Access-Control-Expose-Headers/],
  ])('/%s is refused', async (path, message) => {
    const failure = await urlBytes(`${address}/${path}`).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidImageError);
    expect((failure as Error).message).toMatch(message);
  });

  it.each([
    ['short', /answers with \d+ bytes\. Has the file changed/],
    ['forgets', /answers with status 200/],
  ])('/%s is refused when it is read', async (path, message) => {
    const bytes = await urlBytes(`${address}/${path}`);
    await expect(bytes.slice(100_000, 200_000)).rejects.toThrow(message);
  });

  it('that cannot be reached is an error of the machine', async () => {
    await expect(urlBytes('http://127.0.0.1:1/a.tif')).rejects.toThrow(EnvironmentError);
  });

  it('a server that is busy is asked again, and one that stays so is an error of the machine', async () => {
    failures = 3;
    const { byteLength } = await urlBytes(`${address}/busy`);
    expect([byteLength, failures]).toEqual([file.length, -1]);
    failures = Infinity;
    const failure = await urlBytes(`${address}/busy`).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EnvironmentError);
    expect((failure as Error).message).toMatch(/busy: the server answers 503 Service Unavailable, also after 5 tries/);
  });

  it('a connection that breaks off in the body is made again, and one that always does is an error of the machine', async () => {
    const bytes = await urlBytes(`${address}/drops`);
    failures = 2;
    expect(await bytes.slice(100_000, 200_000)).toEqual(new Uint8Array(file.subarray(100_000, 200_000)));
    failures = Infinity;
    const failure = await bytes.slice(100_000, 200_000).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EnvironmentError);
    expect((failure as Error).message).toMatch(/drops cannot be reached, or the connection breaks off/);
  });

  it.each(['halts', 'later'])('the signal stops /%s, while a body or the next try is awaited', async (path) => {
    await expect(urlBytes(`${address}/${path}`, { signal: AbortSignal.timeout(50) })).rejects.toThrow(/timeout/);
  });

  it.each([
    ['user:pw', 'user:pw'],
    ['us%C3%A9r:100%', 'us\u00e9r:100%'],
  ])('a user and password are sent, and stand in no message: %s', async (user, sent) => {
    const at = `http://${user}@${address.slice('http://'.length)}`;
    expect((await urlBytes(`${at}/user`)).byteLength).toBe(file.length);
    expect(authorization).toBe(`Basic ${Buffer.from(sent).toString('base64')}`);
    await expect(urlBytes(`${at}/missing`)).rejects.toThrow(`${address}/missing: the server answers 404`);
  });

  it.each(['halts', 'later'])('what acts as a signal stops /%s as well', async (path) => {
    const end = new AbortController();
    const signal = { throwIfAborted: () => end.signal.throwIfAborted() } as AbortSignal;
    expect((await urlBytes(`${address}/stack.tif`, { signal })).byteLength).toBe(file.length);
    setTimeout(() => end.abort(new Error('enough')), 50);
    await expect(urlBytes(`${address}/${path}`, { signal })).rejects.toThrow('enough');
    await expect(urlBytes(`${address}/stack.tif`, { signal })).rejects.toThrow('enough');
  });

  it('the signal stops a request under way', async () => {
    const bytes = await urlBytes(`${address}/hangs`);
    const signal = AbortSignal.timeout(50);
    await expect(bytes.slice(100_000, 200_000, { signal })).rejects.toThrow(/timeout/);
    await expect(urlBytes(`${address}/stack.tif`, { signal })).rejects.toThrow(/timeout/);
  });
});

it('a Blob is read in parts', async () => {
  let read = 0;
  class Watched extends Blob {
    override slice(start?: number, end?: number): Blob {
      read += (end ?? 0) - (start ?? 0);
      return super.slice(start, end);
    }
  }
  const source = await openTiff(blobBytes(new Watched([file.slice()])));
  expect((await readSection(source, 4)).data).toEqual(section(STACK, 4).data);
  expect(read).toBeLessThan(0.6 * file.length);
});
