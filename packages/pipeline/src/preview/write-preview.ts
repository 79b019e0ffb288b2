import { writeFileAtomically, type OnProgress } from '@dilated-unet/host';
import type { TrainConfig } from '@dilated-unet/trainer';
import { materialInThread } from './material-in-thread.ts';
import { renderPreview, type Row } from './page.ts';

export interface PreviewRequest {
  /** What a run would be trained with. */
  readonly config: TrainConfig;
  /** Absolute path of the page. */
  readonly out: string;
  /** What was decided before the data was read. */
  readonly decisions: readonly string[];
  /** Flags and values that the page ends with. @param config with what `auto` was. */
  readonly settings: (config: TrainConfig) => readonly Row[];
  /** How the user reads a note or a warning of the data, which names fields. */
  readonly worded: (text: string) => string;
}

/** How a preview is watched and stopped. */
interface Watcher {
  readonly onProgress: OnProgress;
  readonly onNote: (note: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Writes a page that shows what a run would train on: it reads the data as the run would, and cuts its first windows.
 *
 * @returns bytes of the page.
 * @throws as `previewMaterial`; EnvironmentError when it cannot be written; the signal's reason: then nothing is written.
 */
export async function writePreview(request: PreviewRequest, { onProgress, onNote, signal }: Watcher): Promise<number> {
  const { notes, warnings, config, page } = await materialInThread(request.config, {
    onProgress,
    onRead: (said) => {
      for (const note of said.notes) onNote(note);
      for (const warning of said.warnings) onNote(`warning: ${warning}`);
    },
    signal,
  });
  const html = renderPreview({
    ...page,
    warnings: warnings.map(request.worded),
    decisions: [...notes.map(request.worded), ...request.decisions],
    settings: request.settings(config),
  });
  await writeFileAtomically(request.out, html);
  return Buffer.byteLength(html);
}
