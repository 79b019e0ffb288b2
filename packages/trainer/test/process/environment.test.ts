import { afterEach, expect, test, vi } from 'vitest';
import { trainingEnvironment } from '../../src/process/child-process.ts';

afterEach(() => void vi.unstubAllEnvs());

test("oneDNN is on whatever the environment says, and the user's threads stay", () => {
  vi.stubEnv('TF_ENABLE_ONEDNN_OPTS', '0');
  vi.stubEnv('TF_NUM_INTRAOP_THREADS', '3');
  expect(trainingEnvironment()).toMatchObject({ TF_ENABLE_ONEDNN_OPTS: '1', TF_NUM_INTRAOP_THREADS: '3' });
});
