/** A graphics card that draws nothing, and the textures of the quads that it was asked for. */
export function glDouble() {
  const drawn: object[] = [];
  const units = new Map<number, object>();
  let unit = 0;
  let isLost = false;
  const known: Readonly<Record<string, number | ((...values: never[]) => unknown)>> = {
    TEXTURE0: 0,
    isContextLost: () => isLost,
    getProgramParameter: () => true,
    activeTexture: (next: number) => (unit = next),
    bindTexture: (_: number, texture: object) => units.set(unit, texture),
    drawArrays: () => drawn.push(units.get(0) ?? gl),
  };
  const gl = new Proxy({}, { get: (_, name) => known[String(name)] ?? (() => ({})) });
  const lose = (): void => void (isLost = true);
  return { gl: gl as WebGL2RenderingContext, drawn, lose };
}
