import { InvalidImageError, InvalidModelError } from '@dilated-unet/core';
import type { PathFile, StackPlace } from '../image/stack-place.ts';
import { labelOpenings, openLabels } from './compare.ts';
import type { Latest } from './latest.ts';
import { chooseModelFile } from './models.ts';
import * as state from '../state.ts';
import { openings, openStack } from './open.ts';
import { note, showFailure, tell } from './tell.ts';

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

/** What was dropped as labels: a file, several as a folder of sections, or a folder, which must be alone. */
export async function takeDroppedLabels(items: DataTransferItemList): Promise<void> {
  try {
    const dropped = await droppedOf(items, labelOpenings);
    const place = Array.isArray(dropped) ? filesPlace(dropped) : dropped;
    if (place !== undefined) await openLabels(place);
  } catch (error) {
    showFailure('What was dropped', error);
  }
}

/** @throws as `droppedOf`; InvalidModelError for several models. */
async function openDropped(items: DataTransferItemList): Promise<void> {
  const dropped = await droppedOf(items, openings);
  if (dropped === undefined) return;
  if (!Array.isArray(dropped)) {
    await openStack(dropped);
    return;
  }
  const models = dropped.filter(({ name }) => MODEL.test(name));
  if (models.length > 1) {
    throw new InvalidModelError(`${models.length} models, ${models.map(({ name }) => name).join(' and ')}. Drop one.`);
  }
  const [model] = models;
  const images = filesPlace(dropped.filter((file) => file !== model));
  // What is wrong with the images would give way to what is said of the model.
  if (images !== undefined && !(await openStack(images))) {
    if (images.kind === 'folder' && state.failure.value !== null && state.failure.value.choice === null)
      note('Several files are the sections of one stack. Drop labels on “Compare with labels”.');
    return;
  }
  if (model !== undefined) await chooseModelFile(model);
}

/**
 * A folder, or files; nothing where the folder is given up for what is opened while it is listed.
 *
 * @param latest what gives up a folder, and is given up for it.
 * @throws InvalidImageError for folders that are not alone or have no file, and files that cannot be read.
 */
async function droppedOf(items: DataTransferItemList, latest: Latest): Promise<StackPlace | File[] | undefined> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const files = [...items].map((item) => item.getAsFile()).filter((file) => file !== null);
  const folder = entries.find(({ isDirectory }) => isDirectory);
  if (folder === undefined) return files;
  if (entries.length > 1) {
    const what = `${entries.length} entries, of which ${folder.name} is a folder`;
    const way = 'A folder is opened alone: drop one folder, or files only';
    throw new InvalidImageError(`${what}. ${way}.`);
  }
  const signal = latest.begin();
  tell('Reading what was dropped …');
  const listed = await filesIn(folder, '').catch((error: unknown) => {
    if (signal.aborted) return [];
    throw error;
  });
  if (signal.aborted) return undefined;
  const place = folderPlace(listed);
  if (place === undefined) throw new InvalidImageError(`${folder.name} has no files. Drop a folder of sections.`);
  return place;
}

/** A file, or several as a folder. */
function filesPlace(files: readonly File[]): StackPlace | undefined {
  const [file] = files;
  if (file === undefined || files.length === 1) return file && { kind: 'file', file };
  const sections = files.map((section): PathFile => ({ path: section.name, file: section }));
  return { kind: 'folder', name: `${files.length} files`, files: sections };
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
