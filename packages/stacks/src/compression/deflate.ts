/**
 * Compresses `input` with Deflate in its zlib wrapper (RFC 1950), at the platform's default level, by its own CompressionStream. Node
 * has its zlib in place of this module (`#deflate` in package.json): there it takes half of the processor's time.
 */
export async function encodeDeflate(input: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const compressed = new Blob([input]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(compressed).arrayBuffer());
}
