import { writeFileSync } from 'node:fs';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { archive } from '@dilated-unet/model-package';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { tinyModel, tinyPackage, withRdf } from '../../model-package/test/support/tiny-package.ts';
import { temporaryFolder } from '../../stacks/test/support/folder.ts';
import { noiseStack } from '../../stacks/test/support/images.ts';
import { lacksIntegerInstructions } from '../src/devices/cpu.ts';
import { runJob, type JobResult } from './support/segment-job.ts';

vi.mock(import('../src/devices/cpu.ts'), async (original) => ({
  ...(await original()),
  lacksIntegerInstructions: vi.fn<() => boolean>(),
}));

const folder = temporaryFolder();

beforeAll(async () => {
  writeFileSync(folder.file('tiny.zip'), archive(withRdf(tinyPackage())));
  writeFileSync(folder.file('tiny.onnx'), tinyModel());
  writeFileSync(folder.file('stack.tif'), await encodeTiffStack(noiseStack(40, 32, 1)));
});

describe.each([true, false])('on a processor that lacks the instructions for integers: %s', (lacks) => {
  const run = (model: string): Promise<JobResult> => {
    vi.mocked(lacksIntegerInstructions).mockReturnValue(lacks);
    const files = ['--model', model, '--input', 'stack.tif', '--output', `${lacks}.tif`, '--device', 'cpu'];
    return runJob(folder.path, [...files, '--precision', 'int8']);
  };

  test('a model without int8 is refused', async () => {
    await expect(run('tiny.onnx')).rejects.toThrow('precision must be one that the model has: auto, fp32');
  });

  test('a package runs in the form that is quick there', async () => {
    const { lines, notes } = await run('tiny.zip');
    expect(lines.join()).toContain(lacks ? ', fp32; the test' : ', int8; the test');
    expect(notes.join().includes('int8 is slower on it than fp32')).toBe(lacks);
  });
});
