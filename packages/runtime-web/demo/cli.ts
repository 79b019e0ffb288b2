/** Serves or builds the demo page. Parses the command line and calls Vite; nothing else lives here. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isDilatedUnetError, readModelCard } from '@dilated-unet/core';
import { Command, InvalidArgumentError } from 'commander';
import { build, createServer } from 'vite';
import { PACKAGE } from '../vite.shared.ts';
import { demoConfig } from './page.ts';
import { sizeTable } from './sizes.ts';

/** Relative paths mean what they mean where the command was typed; Nx and npm change the folder. */
const TYPED_IN = process.env['INIT_CWD'] ?? process.cwd();

const DIST = `${PACKAGE}demo/dist`;

function modelPath(value: string): string {
  const path = resolve(TYPED_IN, value);
  try {
    readModelCard(readFileSync(path));
  } catch (error) {
    const hint = 'Train one with `npx nx run trainer:train`; it is RUN/model.onnx.';
    if (isDilatedUnetError(error)) throw new InvalidArgumentError(`${path}: ${error.message}`);
    throw new InvalidArgumentError(`${String(error)}. ${hint}`);
  }
  return path;
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
  .option('--model <file>', 'ONNX model that the page starts with, for example runs/latest/model.onnx', modelPath)
  .option('--port <number>', 'port to listen on; the next free one if it is taken', port, 5173)
  .option('--host <name>', 'address to listen on; 0.0.0.0 for other machines too', 'localhost')
  .action(async ({ model, port, host }: { model?: string; port: number; host: string }) => {
    const server = await createServer({ ...demoConfig(model), server: { port, host } });
    await server.listen();
    console.log(`\nOpen this in a browser (Ctrl+C stops the server):\n`);
    for (const url of server.resolvedUrls?.local ?? []) console.log(`  ${url}`);
    console.log(model === undefined ? '\nWithout --model: the page says how to get one.\n' : `\nModel: ${model}\n`);
  });
program
  .command('build')
  .description('write the page as static files, to put on any web server')
  .option('--model <file>', 'ONNX model to put beside the page', modelPath)
  .option('--out <folder>', 'where to write it', (value) => resolve(TYPED_IN, value), DIST)
  .action(async ({ model, out }: { model?: string; out: string }) => {
    const config = demoConfig(model);
    await build({ ...config, build: { ...config.build, outDir: out, emptyOutDir: true } });
    console.log(`The page is in ${out}\n\n${sizeTable(out)}`);
  });
await program.parseAsync();
