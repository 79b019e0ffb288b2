import { testConfig } from '../vitest.shared.ts';

// Nothing here trains or exports: the packages are installed as a consumer does, and a model of the fixtures runs.
export default testConfig({ include: ['consumers.test.ts'], testTimeout: 300_000, hookTimeout: 600_000 });
