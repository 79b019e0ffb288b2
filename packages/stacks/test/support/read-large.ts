/** Run by itself: reads one section of the file that the command line names, and prints what it took. */
import { readSection } from '../../src/index.ts';
import { openStack } from '../../src/node/index.ts';

const source = await openStack(process.argv[2] as string);
const { data } = await readSection(source, Number(process.argv[3]));
await source.close?.();
const values = [...new Set(data)];
process.stdout.write(JSON.stringify({ shape: source.shape, values, maxRss: process.resourceUsage().maxRSS * 1024 }));
