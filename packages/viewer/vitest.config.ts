import { testConfig } from '../../vitest.shared.ts';

// Each file starts a Chromium, and the model uses every core: one after another, with time for slow machines.
export default testConfig({ fileParallelism: false });
