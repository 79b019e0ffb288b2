import { trainingEnvironment } from '@dilated-unet/trainer';
import { testConfig } from '../vitest.shared.ts';

export default testConfig({
  // The TensorFlow binding cannot be loaded by a second worker thread of one process; models are exported once for all.
  include: ['*.test.ts'],
  pool: 'forks',
  fileParallelism: false,
  globalSetup: ['support/exported-models.ts'],
  testTimeout: 600_000,
  hookTimeout: 600_000,
  env: trainingEnvironment(),
});
