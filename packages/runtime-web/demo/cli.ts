/** Serves or builds the demo page. Parses the command line and calls Vite; nothing else lives here. */
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { isDilatedUnetError } from '@dilated-unet/core';
import { openModel } from '@dilated-unet/model-package';
import { Command, InvalidArgumentError } from 'commander';
import { build, createServer } from 'vite';
import { PACKAGE } from '../vite.shared.ts';
import { demoConfig } from './page.ts';
import { sizeTable } from './sizes.ts';

/** Relative paths mean what they mean where the command was typed; Nx and npm change the folder. */
const TYPED_IN = process.env['INIT_CWD'] ?? process.cwd();

const DIST = `${PACKAGE}demo/dist`;

/** The model for real tissue. */
const DEFAULT_MODEL = createRequire(import.meta.url).resolve('@dilated-unet/models/isbi-2012.zip');

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
    const hint = 'Train one with `npx nx run trainer:train`; it is RUN/model.onnx.';
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

const program = new Command('runtime-web:demo').description(
  'A page that segments electron micrographs in the browser: open a TIFF, PNG or JPEG and see the membranes.',
);
program
  .command('serve', { isDefault: true })
  .description('serve the page until stopped (Ctrl+C)')
  .option(
    '--model <file>',
    'model that the page starts with: the zip of a package, or an ONNX file as runs/latest/model.onnx',
    DEFAULT_MODEL,
  )
  .option('--port <number>', 'port to listen on; the next free one if it is taken', port, 5173)
  .option('--host <name>', 'address to listen on; 0.0.0.0 for other machines too', 'localhost')
  .action(async ({ model, port, host }: { model: string; port: number; host: string }) => {
    const path = await modelPath(model);
    const server = await createServer({ ...demoConfig(path), server: { port, host } });
    await server.listen();
    console.log(`\nOpen this in a browser (Ctrl+C stops the server):\n`);
    for (const url of server.resolvedUrls?.local ?? []) console.log(`  ${url}`);
    console.log(`\nModel: ${path}\n`);
  });
program
  .command('build')
  .description('write the page as static files, to put on any web server')
  .option('--model <file>', 'model to put beside the page: the zip of a package, or an ONNX file', DEFAULT_MODEL)
  .option('--out <folder>', 'where to write it', (value) => resolve(TYPED_IN, value), DIST)
  .action(async ({ model, out }: { model: string; out: string }) => {
    const config = demoConfig(await modelPath(model));
    await build({ ...config, build: { ...config.build, outDir: out, emptyOutDir: true } });
    console.log(`The page is in ${out}\n\n${sizeTable(out)}`);
  });
await program.parseAsync();
