import type { Draw } from '../draw.ts';
import type { Content } from './zarr.ts';

/** What a link in a zarr may lead to, beside the zarr. */
const OUTSIDE = ['secret.zarr/0', 'secret.zarr/0/zarr.json', 'secret.zarr/0/c/0/0/0', 'secret.zarr', 'secret.json', ''];

/** Puts a folder or a link in the place of a file or a folder, or takes one away. */
export function changeFiles(files: Map<string, Content>, outside: string, draw: Draw): void {
  const paths = [...files.keys()];
  const path = draw.of(paths);
  const folders = [...new Set(paths.flatMap((one) => parentsOf(one)))];
  switch (draw.below(6)) {
    case 0:
      return void files.delete(path);
    case 1:
      return void files.set(path, null);
    case 2:
      return put(files, path, leadingOut(path, outside, draw));
    case 3: {
      const folder = folders.length > 0 ? draw.of(folders) : path;
      return put(files, folder, leadingOut(folder, outside, draw));
    }
    case 4: {
      // To another file of it, or to itself.
      const up = '../'.repeat(parentsOf(path).length);
      return put(files, path, `${up}${draw.of(paths)}`);
    }
    default:
      return void files.set(path, files.get(draw.of(paths)) ?? null);
  }
}

function parentsOf(path: string): readonly string[] {
  const names = path.split('/');
  return names.slice(0, -1).map((_, i) => names.slice(0, i + 1).join('/'));
}

function leadingOut(path: string, outside: string, draw: Draw): string {
  const target = draw.of(OUTSIDE);
  return draw.chance(0.5) ? `${outside}/${target}` : `${'../'.repeat(parentsOf(path).length + 1)}${target}`;
}

function put(files: Map<string, Content>, path: string, content: Content): void {
  for (const other of [...files.keys()]) if (other.startsWith(`${path}/`)) files.delete(other);
  files.set(path, content);
}
