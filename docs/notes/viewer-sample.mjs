// node docs/notes/viewer-sample.mjs   the stack that the viewer opens with, and its labels
// Writes packages/viewer/public/sample/phantom.tif and phantom-labels.tif: three sections of a phantom whose seed no model was
// trained with. Run `npx nx run-many -t build` first.
import { writeFileSync } from 'node:fs';
const packages = new URL('../../packages/', import.meta.url);
const load = (path) => import(new URL(path, packages).href);
const { phantom } = await load('trainer/dist/index.js');
const { encodeTiffStack } = await load('stacks/dist/index.js');

const { images, labels } = phantom({ sections: 3, size: 512, seed: 2026 });
const encoding = { compression: 'deflate', pixelSize: { z: 50, y: 4, x: 4 } };
for (const [name, stack] of Object.entries({ phantom: images, 'phantom-labels': labels })) {
  const path = new URL(`viewer/public/sample/${name}.tif`, packages);
  writeFileSync(path, await encodeTiffStack(stack, encoding));
}
