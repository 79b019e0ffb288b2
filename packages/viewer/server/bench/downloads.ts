import type { ServerResponse } from 'node:http';
import type { PreviewServer } from 'vite';

/** Bytes as they were sent, compressed where the server compresses. */
export interface Downloads {
  readonly page: number;
  /** ONNX Runtime's WebAssembly. */
  readonly wasm: number;
  readonly model: number;
}

/** Counts the bytes of what `server` answers. @returns a function that gives what was sent since it was last called */
export function countDownloads(server: PreviewServer): () => Downloads {
  let sent = { page: 0, wasm: 0, model: 0 };
  // Before what answers, so that it is the compressed bytes that pass.
  server.httpServer.prependListener('request', ({ url = '' }: { url?: string }, response: ServerResponse) => {
    const kind = url.includes('/models/') ? 'model' : /\.wasm(\?|$)/.test(url) ? 'wasm' : 'page';
    for (const method of ['write', 'end'] as const) {
      const send = response[method].bind(response) as (...words: unknown[]) => never;
      response[method] = (...words: unknown[]): never => {
        const [chunk] = words;
        if (typeof chunk === 'string' || chunk instanceof Uint8Array) sent[kind] += Buffer.byteLength(chunk);
        return send(...words);
      };
    }
  });
  return () => {
    const until = sent;
    sent = { page: 0, wasm: 0, model: 0 };
    return until;
  };
}
