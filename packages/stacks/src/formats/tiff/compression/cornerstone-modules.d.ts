/* What cornerstonejs/codecs exports; the packages have no types of their own. */

declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  const createModule: unknown;
  export default createModule;
}

declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const createModule: unknown;
  export default createModule;
}
