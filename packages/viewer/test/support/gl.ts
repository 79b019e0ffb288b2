/** A graphics card that draws nothing, its textures, and those of the quads that it drew. */
export function glDouble() {
  const alive = new Set<object>();
  const drawn: object[] = [];
  let bound: object | null = null;
  const known: Readonly<Record<string, (...values: never[]) => unknown>> = {
    isContextLost: () => false,
    getProgramParameter: () => true,
    createTexture() {
      const made = {};
      alive.add(made);
      return made;
    },
    deleteTexture: (texture: object) => alive.delete(texture),
    bindTexture: (_: number, texture: object) => (bound = texture),
    drawArrays: () => bound !== null && drawn.push(bound),
  };
  const gl = new Proxy({}, { get: (_, name) => known[String(name)] ?? (() => ({})) });
  return { gl: gl as WebGL2RenderingContext, alive, drawn };
}
