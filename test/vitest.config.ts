import { trainingEnvironment } from '@dilated-unet/trainer';
import { testConfig } from '../vitest.shared.ts';

export default testConfig({
  // The TensorFlow binding cannot be loaded by a second worker thread of one process; models are exported once for all.
  // Mostly waiting for programs of their own, and the last that nx starts: two at once keep two cores at work.
  include: ['*.test.ts'],
  pool: 'forks',
  maxWorkers: 2,
  globalSetup: ['support/exported-models.ts'],
  env: trainingEnvironment(),
});
