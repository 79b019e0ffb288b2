import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidOptionError } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import type { TrainEvent } from '../../src/run/events.ts';
import { runRangeTest, runTraining } from '../../src/process/launch.ts';
import type { RangeTestEvent } from '../../src/lr-finder/range-test.ts';
import { sweepRate } from '../../src/lr-finder/sweep.ts';
import { smallRun } from '../support/training.ts';

describe('a range test', () => {
  it('trains once while the rate rises, tells each step, and gives the same curve again', async () => {
    const events: RangeTestEvent[] = [];
    const sweep = { steps: 30, minRate: 1e-5, maxRate: 1e-2 };
    const result = await runRangeTest(smallRun(), { sweep, onEvent: (event) => events.push(event) });
    expect(events[0]).toMatchObject({ type: 'device', device: { tensorflow: '2.21.0' } });
    expect(events.at(-1)).toEqual({ type: 'done', result });
    const tried = events.filter((event) => event.type === 'tried');
    expect(tried.map(({ point }) => point)).toEqual(result.points);
    expect(events.findLast((event) => event.type === 'stage')?.stage).toBe('starting the training');
    expect(result.end).toBe('swept');
    expect(result.sweep).toEqual({ ...sweep, spacing: 'exponential' });
    expect(result.points.map(({ step }) => step)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    result.points.forEach(({ rate }, step) => expect(rate).toBe(sweepRate(result.sweep, step)));
    expect((await runRangeTest(smallRun(), { sweep })).points).toEqual(result.points);
  });

  it('begins as a training run does, and ends early where the rate is far too high', async () => {
    const out = await mkdtemp(join(tmpdir(), 'dilated-unet-lr-'));
    const steps: number[] = [];
    const onEvent = (event: TrainEvent) => event.type === 'step' && steps.push(event.loss);
    await runTraining(smallRun({ epochs: 1, holdOut: 0 }), { out, onEvent });
    await rm(out, { recursive: true });
    const { points, end } = await runRangeTest(smallRun({ holdOut: 0 }), {
      sweep: { steps: 100, minRate: 1e-4, maxRate: 1e4 },
    });
    expect(points[0]?.loss).toBe(steps[0]);
    expect(points.length).toBeLessThan(100);
    expect(end).not.toBe('swept');
  });

  it('refuses a sweep that is none', async () => {
    await expect(runRangeTest(smallRun(), { sweep: { steps: 1 } })).rejects.toThrow(InvalidOptionError);
  });
});
