/** Places a tile: `tile` and `part` are x, y, width and height in pixels of the section. */
export const VERTEX = `#version 300 es
uniform vec4 tile;
uniform vec4 part;
in vec2 corner;
out vec2 at;
void main() {
  at = corner;
  vec2 place = (tile.xy + corner * tile.zw - part.xy) / part.zw;
  gl_Position = vec4(place.x * 2.0 - 1.0, 1.0 - place.y * 2.0, 0.0, 1.0);
}`;

/** Grey values between black (\`range.x\`) and white (\`range.y\`). */
export const GREY = `#version 300 es
precision highp float;
uniform sampler2D grey;
uniform vec2 range;
in vec2 at;
out vec4 colour;
void main() {
  float value = texture(grey, at).r;
  colour = vec4(vec3(clamp((value - range.x) / (range.y - range.x), 0.0, 1.0)), 1.0);
}`;

/** What is drawn over the image: \`show\` is a place in SHOWN. Colours are premultiplied by their opacity. */
export const OVERLAY = `#version 300 es
precision highp float;
uniform sampler2D probability; // red: probability where known, green: 1 where known
uniform sampler2D cells;       // number of a colour, 0 ... 255
uniform sampler2D labels;      // 1 membrane, 2 interior
uniform int show;
uniform float threshold;
uniform float opacity;
uniform vec3 membrane;
uniform vec3 interior;
uniform vec3 found;
uniform vec3 missed;
uniform vec3 invented;
in vec2 at;
out vec4 colour;

vec3 hue(float number) {
  float turn = fract(number * 0.618034);
  float light = 0.62 + 0.14 * fract(number * 0.7548777);
  vec3 wheel = clamp(abs(fract(turn + vec3(0.0, 2.0, 1.0) / 3.0) * 6.0 - 3.0) - 1.0, 0.0, 1.0);
  return mix(vec3(light), wheel, 0.72);
}

void main() {
  vec2 known = texture(probability, at).rg;
  if (known.g < 0.01) discard;
  float p = known.r / known.g;
  vec4 shown = vec4(0.0);
  if (show == 0) shown = vec4(membrane, p <= threshold ? 1.0 : 0.0);
  if (show == 1) shown = vec4(interior, p > threshold ? 1.0 : 0.0);
  if (show == 2) {
    float number = floor(texture(cells, at).r * 255.0 + 0.5);
    shown = number < 0.5 ? vec4(0.0) : vec4(hue(number), 1.0);
  }
  if (show == 3) shown = vec4(vec3(p), 1.0);
  if (show == 4) {
    float label = floor(texture(labels, at).r * 255.0 + 0.5);
    bool predicted = p <= threshold;
    bool labelled = label < 1.5;
    vec3 kind = predicted ? (labelled ? found : invented) : missed;
    shown = vec4(kind, label > 0.5 && (predicted || labelled) ? 1.0 : 0.0);
  }
  colour = vec4(shown.rgb, 1.0) * shown.a * opacity;
}`;
