/** Serves the page, or writes it as static files. Parses the command line; nothing else lives here. */
import { readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isDilatedUnetError } from '@dilated-unet/core';
import { requireNewFolder } from '@dilated-unet/host';
import { openModel } from '@dilated-unet/model-package';
import { Command, InvalidArgumentError } from 'commander';
import { offeredModels } from './offered-models.ts';
import { PAGE } from './page-config.ts';
import { serve } from './serve.ts';
import { sizeTable } from './sizes.ts';
import { earlierPage, writePage } from './write-page.ts';

/** Relative paths mean what they mean where the command was typed; Nx and npm change the folder. */
const TYPED_IN = process.env['INIT_CWD'] ?? process.cwd();

const SITE = join(PAGE, '..', 'site');

/** The absolute path of a model that can be opened. Ends the program with words where it cannot. */
async function modelPath(value: string): Promise<string> {
  const path = resolve(TYPED_IN, value);
  try {
    if (statSync(path).isDirectory()) {
      return program.error(`error: --model must be a file; ${path} is a folder. Give the zip of the package.`);
    }
    await openModel(readFileSync(path));
    return path;
  } catch (error) {
    const hint = 'Train one with `npx nx run trainer:train`; it is runs/NAME/model.onnx.';
    return program.error(
      `error: --model ${isDilatedUnetError(error) ? `${path}: ${error.message}` : `${String(error)}. ${hint}`}`,
    );
  }
}

function port(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0 && number <= 65535) return number;
  throw new InvalidArgumentError('It must be a port number, 0 to 65535 (0: any free one).');
}

function folder(value: string): string {
  if (value !== '') return resolve(TYPED_IN, value);
  throw new InvalidArgumentError('It must name a folder.');
}

const MODEL = 'model that the page starts with: the zip of a package, or an ONNX file as runs/NAME/model.onnx';

const program = new Command('runtime-web:demo').description(
  'A page that shows stacks of electron micrographs and segments them in the browser.',
);
program
  .command('serve', { isDefault: true })
  .description('serve the page until stopped (Ctrl+C)')
  .option('--model <file>', `${MODEL} (default: that of the phantom, with which the page opens)`)
  .option('--port <number>', 'port to listen on; the next free one if it is taken', port, 5173)
  .option('--host <name>', 'address to listen on; 0.0.0.0 for other machines too', 'localhost')
  .action(async ({ model, port, host }: { model?: string; port: number; host: string }) => {
    const own = model === undefined ? undefined : await modelPath(model);
    const models = offeredModels(own);
    const server = await serve({ page: PAGE, models, port, host });
    console.log(`\nOpen this in a browser (Ctrl+C stops the server):\n`);
    const { local, network } = server.resolvedUrls ?? { local: [], network: [] };
    for (const url of [...local, ...network]) console.log(`  ${url}`);
    console.log(`\nModels: ${models.map(({ name }) => name).join(', ')}\n`);
  });
program
  .command('build')
  .description('write the page as static files, to put on any web server')
  .option('--model <file>', `${MODEL} (default: that of the phantom)`)
  .option(
    '--out <folder>',
    'where to write it: a new folder, an empty one, or an earlier page to replace',
    folder,
    SITE,
  )
  .action(async ({ model, out }: { model?: string; out: string }) => {
    const models = offeredModels(model === undefined ? undefined : await modelPath(model));
    // Where it cannot be made, the check of `out` says what to do.
    await mkdir(dirname(out), { recursive: true }).catch(() => undefined);
    // The page of an earlier version has files of other names; where the user names the folder, they may be anybody's.
    const earlier = await earlierPage(PAGE, { ofAnyFiles: out === SITE });
    await requireNewFolder(out, '--out', earlier);
    await writePage(PAGE, models, out, earlier);
    console.log(`The page is in ${out}\n\n${sizeTable(out)}`);
  });
try {
  await program.parseAsync();
} catch (error) {
  if (!isDilatedUnetError(error)) throw error;
  program.error(`error: ${error.message}`);
}
