import { EnvironmentError } from '@dilated-unet/core';
import type { WorkerLike } from './rpc/client.ts';
import { messageOf } from './rpc/message-of.ts';

/** @throws EnvironmentError when the browser refuses it, as a script of another origin. */
export function makeWorker(worker: string | (() => WorkerLike) | undefined): WorkerLike {
  if (typeof worker === 'function') return worker();
  try {
    return worker === undefined ? ownWorker() : new Worker(startable(worker), OPTIONS);
  } catch (cause) {
    throw new EnvironmentError(
      `The browser refused the segmentation worker: ${messageOf(cause)}. Pass \`worker\`, the URL of its script.`,
      { cause },
    );
  }
}

const OPTIONS = { type: 'module', name: 'dilated-unet' } as const;

/** Bundlers find the worker's script by this very expression. In the sources `worker.js` means worker.ts. */
function ownWorker(): Worker {
  return new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'dilated-unet' });
}

/** By the URL of a script of another origin, one of this origin that imports it: workers start from no other. */
const importing = new Map<string, string>();

function startable(script: string): string {
  if (new URL(script).origin === location.origin) return script;
  const known = importing.get(script);
  if (known !== undefined) return known;
  const url = URL.createObjectURL(new Blob([`import ${JSON.stringify(script)};`], { type: 'text/javascript' }));
  importing.set(script, url);
  return url;
}
