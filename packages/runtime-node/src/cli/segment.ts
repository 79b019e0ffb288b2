import { basename } from 'node:path';
import {
  averageOverSymmetries,
  describeGreyOptions,
  GreyValuesError,
  InvalidImageError,
  InvalidOptionError,
  knownPixelSize,
  pixelText,
} from '@dilated-unet/core';
import { durationText, type Terminal } from '@dilated-unet/host';
import type { Model, PrecisionOption } from '@dilated-unet/model-package';
import { openModel } from '@dilated-unet/model-package/node';
import { chooseTile, keptWithin, memoryOf, requireWithin, type RunFacts } from '../memory.ts';
import { finishOutput, requireRoomFor } from '../parts/finish.ts';
import { idsFitting, type RequireIdsFit } from '../parts/ids-fitting.ts';
import { sectionsOfPart } from '../parts/part.ts';
import { requireSamePlan, type AskedPlan, type Plan } from '../parts/plan.ts';
import { decideGrey, segmentPart } from '../parts/segment-part.ts';
import { goOn } from '../parts/go-on.ts';
import { progressText } from '../parts/status.ts';
import { FinishedElsewhere, PlannedElsewhere } from '../parts/store.ts';
import type { Rescale } from '../rescaled-rows.ts';
import { createSegmenter } from '../segmenter.ts';
import { writePreview } from '../preview/write-preview.ts';
import { checkJob, type CheckedJob } from './check-job.ts';
import { DEFAULT_MODEL } from './default-model.ts';
import { costText, deviceText, quickPrecision } from './model-choice.ts';
import type { SegmentJob } from './options.ts';
import { originOf, pixelSizeOf } from './part-flags.ts';
import { previewSettings } from './preview-settings.ts';
import { readFacts, rescaleOf } from './rescale.ts';
import { partOf } from './run-flags.ts';

/** Does one job, or its part of it: reads, segments, writes. What can be refused is refused before any work is done. */
export async function segmentJob(job: SegmentJob, terminal: Terminal): Promise<string> {
  const { signal, onProgress, onNote, print } = terminal;
  const part = partOf(job);
  const checked = await checkJob(job, terminal);
  const { output, form, store, stack, places, run, asked } = checked;
  const begin = performance.now();
  try {
    const model = await openModel(checked.model);
    const precision = quickPrecision(job, model, onNote);
    const rescale = rescaleOf(job, stack, model, (text) => onNote(`${checked.input}: ${text}`));
    const known: AskedPlan = {
      ...asked,
      rescale,
      pixelSize: job.pixelSize ?? null,
      model: { name: model.name, sha256: model.sha256 },
      ...(precision !== 'auto' && { precision }),
      ...(job.device !== 'auto' && { device: job.device }),
      ...(job.tile !== undefined && { tile: job.tile }),
    };
    const plan = await goOn(store, known, { signal, isLast: part.count === 1 });
    if (plan === 'finished') {
      const text = `${output} is there already, as this command writes it. To write it again, remove it.`;
      return await withPreview(text, job, checked, known, terminal);
    }
    const before = await store.done();
    if (before.size > 0) print(`going on: ${progressText(places, before)}`);
    const requireIdsFit = idsFitting(store, form, run);
    await requireIdsFit(before);
    const sections = sectionsOfPart(places, part).filter((z) => !before.has(z));
    if (sections.length > 0) {
      await (before.size > 0 ? requireRoomFor(store, form) : form.requireRoom(output, 'output'));
      await segmentSections({ job, checked, model, precision, known, plan, sections, requireIdsFit }, terminal);
    }
    const done = await store.done();
    if (places.some((z) => !done.has(z))) {
      return `part ${part.index}/${part.count} is done. ${progressText(places, done)}; --status with this --output says it later`;
    }
    await requireIdsFit(done);
    const finished = (await store.plan()) ?? known;
    const pixelSize = knownPixelSize({ asked: job.pixelSize, stated: stack.pixelSize });
    await finishOutput(store, {
      form,
      run,
      sections: places,
      size: job.region ?? { width: stack.shape[2], height: stack.shape[1] },
      pixelSize: pixelSizeOf(pixelSize, job.sections && places),
      origin: originOf(pixelSize, stack, job.region ?? { x: 0, y: 0 }, places[0] as number),
      keepRecord: part.count > 1,
      signal,
      onProgress: (count, total) =>
        onProgress({ phase: 'writing', detail: `section ${count}/${total}`, done: count, total }),
      onWait: (pid, host) => onNote(`process ${pid} on ${host} is writing the output; waiting for it`),
    });
    return await withPreview(
      wroteText(job, checked, rescale, performance.now() - begin),
      job,
      checked,
      finished,
      terminal,
    );
  } catch (error) {
    if (error instanceof FinishedElsewhere) return `${output} was written by another process of this run.`;
    const done = await store.done().catch(() => new Set<number>());
    // What an option must be instead is for its own message to say.
    const how = error instanceof InvalidOptionError ? '' : ' The same command goes on from there.';
    if (done.size > 0) onNote(`${progressText(places, done)}.${how}`);
    throw named(error, checked.input);
  } finally {
    await stack.close?.();
  }
}

interface SectionsToDo {
  readonly job: SegmentJob;
  readonly checked: CheckedJob;
  readonly model: Model;
  readonly precision: PrecisionOption;
  readonly known: AskedPlan;
  /** Of the sections that are there; undefined where none is. */
  readonly plan: Plan | undefined;
  readonly sections: readonly number[];
  readonly requireIdsFit: RequireIdsFit;
}

async function segmentSections(
  { job, checked, model, precision, known, plan: before, sections, requireIdsFit }: SectionsToDo,
  { signal, onProgress, onNote, print }: Terminal,
): Promise<void> {
  const { input, store, stack, run, grey } = checked;
  if (job.model === undefined) onNote(`${DEFAULT_MODEL} is used, ${model.name}. ${model.terms ?? ''}`.trim());
  const { device: asked, threads, memory } = job;
  const segmenter = await createSegmenter({
    model,
    device: asked,
    precision,
    memory,
    ...(threads !== undefined && { threads }),
  });
  // The model is freed at once when the user stops the run: tiles under way fail.
  const free = (): void => void segmenter.dispose().catch(() => undefined);
  signal.addEventListener('abort', free);
  try {
    signal.throwIfAborted();
    await store.begin();
    const { card, device } = segmenter;
    print(deviceText(segmenter));
    if (segmenter.fallbackReason !== null) onNote(segmenter.fallbackReason);
    const read = readFacts(stack, { region: job.region, rescale: known.rescale ?? null }, card, run.sectionBytes);
    const { symmetries } = job;
    const facts: RunFacts = { ...read, card, device, isPackage: segmenter.verified !== null, symmetries };
    const watch = {
      signal,
      onNote: (text: string) => onNote(`${input}: ${text}`),
      onMeasured: (done: number, total: number) => onProgress({ phase: 'measuring grey values', done, total }),
    };
    /** @param there the plan of the sections that are there. */
    const segmentBy = async (there: Plan | undefined): Promise<void> => {
      const tile = job.tile ?? there?.tile ?? chooseTile(facts, job.memory);
      const now = { ...known, precision: segmenter.precision, device, tile };
      if (there !== undefined) requireSamePlan(there, now, store.folder, store.output);
      const bytes = memoryOf(facts, tile);
      requireWithin(job.memory, bytes, tile, there && store.folder);
      const kept = keptWithin(job.memory, bytes, stack);
      stack.keep?.(kept);
      const cost = costText(facts, tile, bytes + kept);
      if (cost !== null) print(cost);
      const plan = there ?? { ...now, decided: await decideGrey(read.source, card, grey, watch) };
      // The first tile may take minutes.
      onProgress({ phase: 'segmenting', detail: `section 1/${sections.length}` });
      await segmentPart(job.symmetries ? averageOverSymmetries(segmenter) : segmenter, stack, plan, store, {
        ...watch,
        input,
        run,
        sections,
        region: job.region,
        onDone: (z) => requireIdsFit([z]),
        onProgress: ({ section, sections: count, done, total }) => {
          const detail = `section ${section + 1}/${count}, tile ${done}/${total}`;
          onProgress({ phase: 'segmenting', detail, done, total });
        },
      });
    };
    await segmentBy(before).catch(async (error: unknown) => {
      if (!(error instanceof PlannedElsewhere)) throw error;
      // Processes that start together may choose tiles by what each has free: all go on by the plan that came first.
      await segmentBy(error.plan);
    });
  } finally {
    await store.leave();
    // Nobody waits: the output is put together meanwhile, and whoever stops the run does not wait for the tile under way.
    free();
  }
}

/** The run was stopped when its output was in place, and the page that shows it was not. */
class StoppedAtPreview extends Error {}

/** What is said when the user stopped the run. @param error what it threw then. */
export function stoppedText(error: unknown): string {
  return error instanceof StoppedAtPreview
    ? 'Stopped; the output is whole, and no page of --preview was written.'
    : 'Stopped; no output was written.';
}

/** `text`, and where the page is that shows the result, which it writes where one is wanted. */
async function withPreview(
  text: string,
  job: SegmentJob,
  { input, output, preview, stack, places, run }: CheckedJob,
  plan: AskedPlan,
  { signal, onProgress }: Terminal,
): Promise<string> {
  if (preview === null) return text;
  const [, height, width] = stack.shape;
  const path = await writePreview(preview, {
    title: `Segmented: ${basename(input)}`,
    settings: previewSettings(plan, { input, output, values: run.values }),
    input: stack,
    output,
    sections: places,
    region: job.region ?? { x: 0, y: 0, width, height },
    cells: run.dtype === 'uint32',
    signal,
    onProgress: (done, total) => onProgress({ phase: 'preview', detail: `section ${done}/${total}`, done, total }),
  }).catch((error: unknown) => {
    throw signal.aborted ? new StoppedAtPreview('Stopped.', { cause: error }) : error;
  });
  return `${text}\nlook at it: ${path}`;
}

/** `error`, saying which stack it is about. */
function named(error: unknown, input: string): unknown {
  if (error instanceof GreyValuesError) return new GreyValuesError(`${input}: ${error.message}`, error.remedy);
  // What reading throws begins with the name of the file.
  if (!(error instanceof InvalidImageError) || error.message.startsWith(input)) return error;
  return new InvalidImageError(`${input}: ${error.message}`, { cause: error });
}

function wroteText(
  job: SegmentJob,
  { output, stack, places, run, grey }: CheckedJob,
  rescale: Rescale,
  ms: number,
): string {
  const how = [
    job.symmetries ? 'mean over eight symmetries' : null,
    rescale === null ? null : `at pixels of ${pixelText(rescale.to)}`,
    describeGreyOptions(grey),
  ].filter((text) => text !== null);
  const what = how.length === 0 ? run.values : `${run.values} (${how.join('; ')})`;
  const [, height, width] = stack.shape;
  const { width: columns, height: rows } = job.region ?? { width, height };
  const count = `${places.length} ${places.length === 1 ? 'section' : 'sections'} of ${columns} x ${rows}`;
  return `wrote ${output}: ${count}, ${what}, in ${durationText(ms / 1000)}`;
}
