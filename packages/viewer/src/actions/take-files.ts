import { InvalidImageError, InvalidModelError } from '@dilated-unet/core';
import type { PathFile, StackPlace } from '../image/stack-place.ts';
import { chooseModelFile } from './models.ts';
import { openStack } from './open.ts';
import { showFailure } from './tell.ts';

/** Files that are models by their name. */
const MODEL = /\.(onnx|zip)$/i;

/** Opens the first of the files that were chosen: an image, or a model. */
export function openFiles([first]: readonly File[]): void {
  if (first === undefined) return;
  if (MODEL.test(first.name)) void chooseModelFile(first);
  else void openStack({ kind: 'file', file: first });
}

/** Opens the folder that was chosen. */
export function openFolder(files: readonly File[]): void {
  const place = folderPlace(files.map((file) => ({ path: file.webkitRelativePath, file })));
  if (place !== undefined) void openStack(place);
}

/** What was dropped: an image, several as a folder of sections, a model, which may come with them, or a folder, which must be alone. */
export async function takeDropped(items: DataTransferItemList): Promise<void> {
  try {
    await openDropped(items);
  } catch (error) {
    showFailure('What was dropped', error);
  }
}

/**
 * @throws InvalidImageError for folders that are not alone or have no file, and files that cannot be read; InvalidModelError
 *   for several models.
 */
async function openDropped(items: DataTransferItemList): Promise<void> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const files = [...items].map((item) => item.getAsFile()).filter((file) => file !== null);
  const folder = entries.find(({ isDirectory }) => isDirectory);
  if (folder !== undefined) {
    if (entries.length > 1) {
      const what = `${entries.length} entries, of which ${folder.name} is a folder`;
      const way = 'A folder is opened alone: drop one folder, or files only';
      throw new InvalidImageError(`${what}. ${way}.`);
    }
    const place = folderPlace(await filesIn(folder, ''));
    if (place === undefined) throw new InvalidImageError(`${folder.name} has no files. Drop a folder of sections.`);
    await openStack(place);
    return;
  }
  const models = files.filter(({ name }) => MODEL.test(name));
  if (models.length > 1) {
    throw new InvalidModelError(`${models.length} models, ${models.map(({ name }) => name).join(' and ')}. Drop one.`);
  }
  const [model] = models;
  const images = files.filter((file) => file !== model);
  const [image] = images;
  if (image !== undefined) {
    const section = (file: File): PathFile => ({ path: file.name, file });
    const place: StackPlace =
      images.length === 1
        ? { kind: 'file', file: image }
        : { kind: 'folder', name: `${images.length} files`, files: images.map(section) };
    // What is wrong with the images would give way to what is said of the model.
    if (!(await openStack(place))) return;
  }
  if (model !== undefined) await chooseModelFile(model);
}

/** Files whose paths begin with the name of one folder. */
function folderPlace(files: readonly PathFile[]): StackPlace | undefined {
  const [name] = files[0]?.path.split('/') ?? [];
  if (name === undefined) return undefined;
  return { kind: 'folder', name, files: files.map(({ path, file }) => ({ path: path.slice(name.length + 1), file })) };
}

function unreadable(path: string): (cause: unknown) => never {
  return (cause) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidImageError(`${path} cannot be read: ${why} Let the browser read it, and drop it again.`, {
      cause,
    });
  };
}

async function filesIn(entry: FileSystemEntry, folder: string): Promise<PathFile[]> {
  const path = `${folder}${entry.name}`;
  if (entry.isFile) {
    const file = new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ path, file: await file.catch(unreadable(path)) }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const entries: FileSystemEntry[] = [];
  // A reader gives a hundred at a time.
  for (;;) {
    const batch = new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    const some = await batch.catch(unreadable(path));
    if (some.length === 0) break;
    entries.push(...some);
  }
  return (await Promise.all(entries.map((inner) => filesIn(inner, `${path}/`)))).flat();
}
