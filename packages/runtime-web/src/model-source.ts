import { EnvironmentError, InvalidModelError, InvalidOptionError } from '@dilated-unet/core';
import { messageOf } from './rpc/message-of.ts';
import { pageUrl, type ModelSource } from './options.ts';

/**
 * The bytes of the model at `source`; memory of their own.
 *
 * @throws InvalidModelError when there is none at the URL; EnvironmentError when the server cannot be reached;
 * InvalidOptionError when a text is no URL.
 */
export async function readModel(source: ModelSource): Promise<Uint8Array<ArrayBuffer>> {
  const isUrl = typeof source === 'string' || source instanceof URL;
  return isUrl ? fetchModel(source) : Uint8Array.from(bytesOf(source));
}

async function fetchModel(source: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  if (!URL.canParse(source, pageUrl())) throw new InvalidOptionError('model', 'must be a URL', String(source));
  const { href } = new URL(source, pageUrl());
  let response: Response;
  let bytes: ArrayBuffer;
  try {
    response = await fetch(href);
    bytes = await response.arrayBuffer();
  } catch (cause) {
    throw new EnvironmentError(
      `The model at ${href} could not be fetched: ${messageOf(cause)}. Check the network, and that its server allows ` +
        'this page (CORS).',
      { cause },
    );
  }
  if (!response.ok) {
    throw new InvalidModelError(
      `There is no model at ${href}: the server answered ${response.status} ${response.statusText}`.trimEnd() +
        '. Check the address.',
    );
  }
  // Servers of single-page applications answer every unknown address with the page.
  if (response.headers.get('content-type')?.startsWith('text/html')) {
    throw new InvalidModelError(
      `There is no model at ${href}: the server answered with a web page. Check the address.`,
    );
  }
  return new Uint8Array(bytes);
}

function bytesOf(source: Uint8Array | ArrayBuffer): Uint8Array {
  return ArrayBuffer.isView(source) ? source : new Uint8Array(source);
}
