/** Compresses `input` with Deflate in its zlib wrapper, at the platform's default level. */
export async function encodeDeflate(input: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const compressed = new Blob([input]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(compressed).arrayBuffer());
}
