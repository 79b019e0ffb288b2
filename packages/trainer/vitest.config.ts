import { trainingEnvironment } from './src/process/child-process.ts';
import { testConfig } from '../../vitest.shared.ts';

// The binding cannot be loaded by a second worker thread of one process.
export default testConfig({
  pool: 'forks',
  env: trainingEnvironment(),
});
