/** Builds the page into the package's cache, from which it is served and copied. */
import { build } from 'vite';
import { compressFiles } from './compressed-files.ts';
import { PAGE, pageConfig } from './page-config.ts';

await build(pageConfig());
await compressFiles(PAGE);
