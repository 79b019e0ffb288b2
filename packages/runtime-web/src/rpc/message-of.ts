/** What `error` says; ONNX Runtime's WebAssembly also throws texts and, for C++ exceptions, bare numbers. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === 'number' ? `WebAssembly exception ${error}` : String(error);
}
