/**
 * Compresses `input` with Deflate in its zlib wrapper (RFC 1950), at the platform's default level, by its own CompressionStream,
 * which looks for patterns always. Node has its zlib in place of this module (`#deflate` in package.json): there it takes half of
 * the processor's time.
 *
 * @param isPatterned whether more than single bytes may repeat, as ids do, and values of images, masks and probabilities do not.
 */
export async function encodeDeflate(input: Uint8Array<ArrayBuffer>, _isPatterned: boolean): Promise<Uint8Array> {
  const compressed = new Blob([input]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(compressed).arrayBuffer());
}
