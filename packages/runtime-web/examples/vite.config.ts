import { fileURLToPath } from 'node:url';
import { pageConfig } from '../vite.shared.ts';

export default pageConfig(fileURLToPath(new URL('.', import.meta.url)));
