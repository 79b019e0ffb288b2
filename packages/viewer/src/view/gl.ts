/** A program with its uniforms by name. */
export interface GlProgram {
  readonly use: () => void;
  readonly uniform: (name: string) => WebGLUniformLocation | null;
}

/** @throws Error with what the driver says, when the shaders do not compile. */
export function compile(gl: WebGL2RenderingContext, vertex: string, fragment: string): GlProgram {
  const program = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(kind);
    if (shader === null) throw new Error('The graphics card gives no shader.');
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.bindAttribLocation(program, 0, 'corner');
  gl.linkProgram(program);
  if (gl.getProgramParameter(program, gl.LINK_STATUS) !== true && !gl.isContextLost()) {
    throw new Error(`A shader does not link: ${gl.getProgramInfoLog(program) ?? ''}`);
  }
  const places = new Map<string, WebGLUniformLocation | null>();
  return {
    use: () => gl.useProgram(program),
    uniform: (name) => {
      if (!places.has(name)) places.set(name, gl.getUniformLocation(program, name));
      return places.get(name) ?? null;
    },
  };
}

/** How a texture is stored. */
export type TextureKind = 'byte' | 'two-bytes' | 'float';

/** A new texture with `data`, rows from the top. @param smooth mixes neighbouring pixels where it is shown smaller. */
export function texture(
  gl: WebGL2RenderingContext,
  kind: TextureKind,
  { width, height, data }: { readonly width: number; readonly height: number; readonly data: ArrayBufferView },
  smooth: boolean,
): WebGLTexture {
  const [internal, format, type] = {
    byte: [gl.R8, gl.RED, gl.UNSIGNED_BYTE],
    'two-bytes': [gl.RG8, gl.RG, gl.UNSIGNED_BYTE],
    float: [gl.R32F, gl.RED, gl.FLOAT],
  }[kind] as [number, number, number];
  const made = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, made);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  gl.texImage2D(gl.TEXTURE_2D, 0, internal, width, height, 0, format, type, data);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  if (smooth) gl.generateMipmap(gl.TEXTURE_2D);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, smooth ? gl.LINEAR_MIPMAP_LINEAR : gl.NEAREST);
  return made;
}
