import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidOptionError, unet } from '@dilated-unet/core';
import { requireWritable, writeFileAtomically, writeJsonFile } from '@dilated-unet/host';
import type { Reporter, Services } from './services.ts';
import { isDivergence, type StackResult, type TrainConfig } from '@dilated-unet/trainer';
import type { DeviceChoice } from '../command-line/device.ts';
import { claimRunFolder } from './run-folder.ts';
import { StageClock } from './stage-clock.ts';
import type { Report } from '../scoring/report.ts';
import { describeFiles, SUMMARY, type StackSummary, type Summary } from './summary.ts';
import { trainingListener } from './training-progress.ts';
import { useModel } from './use-model.ts';

/** One run of the whole pipeline. All paths are absolute. */
export interface RunRequest extends DeviceChoice {
  readonly config: TrainConfig;
  /** Run folder. */
  readonly out: string;
  readonly resume: boolean;
  /** Where the weights are saved as well. */
  readonly weightPath?: string;
  /** What the user types to go on after a failure of the run in the folder `out`. */
  readonly resumeCommand: (out: string) => string;
}

/**
 * The whole pipeline: trains, converts the exported graph to ONNX, checks the ONNX model against TensorFlow, segments the
 * held-out sections and the test stack with it, draws overlays, scores the held-out sections, and writes `summary.json`. Everything lies in the run
 * folder `request.out`.
 *
 * @throws InvalidOptionError when the run folder is taken, and nothing is touched; StageError when a stage fails.
 */
export async function runPipeline(request: RunRequest, services: Services, watch: Reporter): Promise<Summary> {
  const { out, resume } = request;
  const { onProgress, signal } = watch;
  const folder = await claimRunFolder(out, resume, signal);
  const clock = new StageClock(async (error) => {
    const { kept } = await folder.abandon();
    if (!kept) return 'Nothing was kept, as no epoch was finished. Start again once the cause is mended.';
    const before = `What was done is kept in ${out}.`;
    return isDivergence(error)
      ? `${before} Going on would end there again: start another run in a new folder with a lower \`schedule.maxRate\`.`
      : `${before} Go on with: ${request.resumeCommand(out)}`;
  }, signal);

  // A summary speaks of the files as they are: that of an earlier end of this run does not once they are written anew.
  const removeSummary = (): Promise<void> => rm(join(out, SUMMARY), { force: true });
  const listen = trainingListener(watch);
  const trained = await clock.run('train', async () => {
    if (request.weightPath !== undefined) await requireFilePlace(request.weightPath);
    const result = await services.train(request.config, {
      out,
      resume,
      requireGpu: request.requireGpu,
      ...(request.gpu !== undefined && { gpu: request.gpu }),
      ...(signal && { signal }),
      onEvent: (event) => {
        // What stands in its way is told below.
        if (event.type === 'stage' && event.stage === 'exporting') void removeSummary().catch(() => undefined);
        listen(event);
      },
    });
    if (request.weightPath !== undefined) {
      const weights = result.files.bestCheckpoint ?? result.files.lastCheckpoint;
      await writeFileAtomically(request.weightPath, await readFile(weights));
    }
    await removeSummary();
    return result;
  });

  const model = join(out, 'model.onnx');
  const conversion = await clock.run('convert', () => {
    onProgress({ phase: 'converting to ONNX' });
    const { graphModel, card } = trained.files;
    return services.convert({
      graphModel,
      card,
      network: unet(trained.config.network),
      output: model,
      ...(signal && { signal }),
    });
  });
  const used = await useModel({ model, trained, out, services, clock, watch });

  return clock.run('summary', async () => {
    onProgress({ phase: 'writing the summary' });
    const { config, device, parameters, epochs, steps, stepMs, training, validation, stacks, warnings } = trained;
    const summary: Summary = {
      device,
      versions: {
        package: await packageVersion('@dilated-unet/tools'),
        node: process.versions.node,
        tensorflow: device.tensorflow,
        tf2onnx: conversion.tf2onnx,
        onnxruntime: await packageVersion('onnxruntime-node'),
      },
      variant: config.network.name,
      config,
      parameters,
      epochs,
      steps,
      stepMs,
      training,
      validation,
      heldOut: used.heldOut,
      labelOffset: stacks.length === 1 ? (stacks[0]?.labelOffset ?? null) : null,
      ...(stacks.length > 1 && { stacks: stackSummaries(stacks, new Map(used.perStack)) }),
      warnings,
      onnxMaxDifference: used.maxDifference,
      secondsPerStage: { ...clock.seconds, training: trained.trainingSeconds },
      waitingShare: trained.waitingShare,
      peakRssBytes: Math.max(trained.peakRssBytes, process.resourceUsage().maxRSS * 1024),
      files: await describeFiles(out),
    };
    await writeJsonFile(join(out, SUMMARY), summary);
    // Said at the start already, out of sight by now.
    for (const warning of warnings) watch.onNote(`warning: ${warning}`);
    return summary;
  });
}

function stackSummaries(stacks: readonly StackResult[], heldOut: ReadonlyMap<string, Report>): readonly StackSummary[] {
  return stacks.flatMap(({ name, reference: _, ...stack }) =>
    name === null ? [] : [{ name, ...stack, heldOut: heldOut.get(name) ?? null }],
  );
}

/** @throws InvalidOptionError when no file can stand at `path`; makes its folder. */
async function requireFilePlace(path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory() === true) {
    throw new InvalidOptionError('weightPath', 'must name a file, not a folder', path);
  }
  await mkdir(dirname(path), { recursive: true }).catch((cause: unknown) => {
    throw new InvalidOptionError('weightPath', 'must be in a folder that can be made', path, { cause });
  });
  await requireWritable(path, 'weightPath');
}

async function packageVersion(name: string): Promise<string> {
  const manifest = await readFile(fileURLToPath(import.meta.resolve(`${name}/package.json`)), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
