import { testConfig } from '../../vitest.shared.ts';

export default testConfig({ setupFiles: ['test/support/seed.ts'] });
