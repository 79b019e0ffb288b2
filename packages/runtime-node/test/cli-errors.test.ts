import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { mountTmpfs } from '../../host/test/support/tmpfs.ts';
import { CLI, environment, files, folder, out, segment } from './support/command.ts';

describe('the command line teaches', () => {
  test('--help has examples', () => {
    const { status, stdout } = segment(['--help']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/Examples:[^]*npx nx run runtime-node:segment --model/);
  });

  test.each([
    { args: ['--modle', 'x'], message: /unknown option '--modle'[^]*Allowed: .*--model <path>/ },
    { args: [], message: /required option '--input <path>' not specified/ },
    { args: [...['--model', 'model.onnx', '--input', 'stack.tif']], message: /required option '--output <path>'/ },
    { args: ['--device', 'tpu'], more: true, message: /'tpu' is invalid. Allowed choices are auto, cpu, cuda/ },
    {
      args: ['--require-gpu', '--device', 'cpu'],
      more: true,
      message: /'--require-gpu' cannot be used with option '--device <name>'/,
    },
    { args: ['--tile', 'big'], more: true, message: /'big' is invalid. It must be an integer of at least 8.\n--help/ },
    {
      args: ['--input', 'stack.tif'],
      more: true,
      message: /--input must be given once; received ".*stack\.tif and .*stack\.tif"/,
    },
    { args: ['--tile', ''], more: true, message: /It must be an integer/ },
    { args: ['--threads', '0'], more: true, message: /'0' is invalid. It must be an integer of at least 1/ },
    { args: ['--threshold', '2'], more: true, message: /'2' is invalid. It must be a number from 0 to 1/ },
    {
      args: ['--threshold', '0.4', '--probabilities'],
      more: true,
      message: /--threshold must not be given for the result probabilities; it is for mask, instances; received 0.4/,
    },
    {
      args: ['--probabilities', '--result', 'mask'],
      more: true,
      message: /cannot be used with option '--probabilities'/,
    },
    { args: ['--result', 'cells'], more: true, message: /Allowed choices are mask, probabilities, instances/ },
    {
      args: ['--min-size', '5'],
      more: true,
      message: /--min-size must not be given for the result mask; it is for instances/,
    },
    { args: ['--seeds', 'distance'], more: true, message: /--seeds must not be given for the result mask/ },
    {
      args: ['--dtype', 'uint8'],
      more: true,
      message: /--dtype must not be given for the result mask; it is for probabilities/,
    },
    { args: ['--result', 'instances', '--min-size', '-1'], more: true, message: /integer of at least 0/ },
    {
      args: ['--result', 'instances', '--seeds', 'peaks'],
      more: true,
      message: /Allowed choices are h-maxima, distance/,
    },
    {
      args: ['--result', 'instances', '--seed-height', '3'],
      more: true,
      message: /--seed-height must be a probability, from 0 to 1, for seeds by h-maxima/,
    },
    { args: ['--sections', '0'], more: true, message: /'0' is invalid. It must be numbers from 1/ },
    { args: ['--sections', '3-1'], more: true, message: /'3-1' is invalid/ },
    { args: ['--sections', '1-2-3'], more: true, message: /'1-2-3' is invalid/ },
    { args: ['--sections', '1,,2'], more: true, message: /'1,,2' is invalid/ },
    { args: ['--sections', '3-'], more: true, message: /'3-' is invalid/ },
    { args: ['--sections', '1-1O'], more: true, message: /'1-1O' is invalid/ },
    {
      args: ['--sections', '2-999999999'],
      more: true,
      message: /--sections must be from 1 to 3, the sections of the stack/,
    },
    { args: ['--region', '0,0,10'], more: true, message: /'0,0,10' is invalid. It must be four whole numbers/ },
    { args: ['--region', '-1,0,10,10'], more: true, message: /It must be four whole numbers/ },
    { args: ['--region', '0,0,0,10'], more: true, message: /It must be four whole numbers/ },
    {
      args: ['--region', '100,0,21,10'],
      more: true,
      message: /--region must be whole pixels .* inside of the sections of 120 x 80/,
    },
    { args: ['extra'], more: true, message: /too many arguments/ },
  ])('$args', ({ args, more = false, message }) => {
    const { status, stderr } = segment([...(more ? files() : []), ...args]);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(readdirSync(out)).toEqual([]);
  });
});

describe('bad input ends with 1 and one line, and leaves nothing', () => {
  const to = (name: string): string => path.join(out, name);
  test.each([
    { what: 'no input', args: () => files('none.tif'), message: /none\.tif cannot be read: there is no such file/ },
    { what: 'a folder of all sorts', args: () => files('.'), message: /colour\.png: The picture is in colour/ },
    { what: 'a folder without sections', args: () => files('none'), message: /none has no sections/ },
    {
      what: 'a section as output',
      args: () => files('slices', folder.file('slices/s2.png')),
      message: /would be lost/,
    },
    { what: 'an empty file', args: () => files('empty.tif'), message: /empty\.tif is empty/ },
    { what: 'a text', args: () => files('text.tif'), message: /neither TIFF nor PNG/ },
    { what: 'a TIFF cut off', args: () => files('cut.tif'), message: /cut\.tif: / },
    {
      what: 'colour',
      args: () => files('colour.png'),
      message: /colour\.png: The picture is in colour: the pixel at .*Choose a channel with --channel: 1 \(red\)/,
    },
    {
      what: 'a value in the last section that is none',
      args: () => files('nan.tif'),
      message:
        /nan\.tif: Section 3 has the value NaN at x 5, y 2; all grey values must be finite\. Replace such pixels\./,
    },
    { what: 'no model', args: () => [...files(), '--model', 'none.onnx'], message: /none\.onnx cannot be read/ },
    {
      what: 'a model that is none',
      args: () => [...files(), '--model', 'stack.tif'],
      message: /stack\.tif: This is not an ONNX model/,
    },
    {
      what: 'a folder that is missing',
      args: () => files('stack.tif', to('nowhere/m.tif')),
      message: /--output must be in a folder that exists/,
    },
    { what: 'an ending that is unknown', args: () => files('stack.tif', to('m.jpg')), message: /--output must end in/ },
    {
      what: 'probabilities as PNG',
      args: () => [...files('grey.png', to('p.png')), '--probabilities'],
      message: /--output must end in \.tif, \.tiff or \.zarr for probabilities: PNG/,
    },
    {
      what: 'a folder that is not empty',
      args: () => files('stack.tif', folder.file('slices')),
      message: /--output must be a new folder or an empty one/,
    },
    {
      what: 'many pages as PNG',
      args: () => files('stack.tif', to('m.png')),
      message: /--output must end in \.tif or \.zarr, or in \/ for a folder, for 3 sections; a PNG holds 1/,
    },
    { what: 'a device file', args: () => files('stack.tif', '/dev/full'), message: /--output must end in/ },
    {
      what: 'a tile that is too small',
      args: () => [...files('large.tif'), '--tile', '64'],
      message: /^error: --tile must be at least 200/m,
    },
    { what: 'the input as output', args: () => files('stack.tif', folder.file('stack.tif')), message: /would be lost/ },
    {
      what: 'an OME-Zarr as output',
      args: () => files('own.zarr', folder.file('own.zarr/')),
      message: /would be lost/,
    },
    {
      what: 'a scale of the output',
      args: () => files('own.zarr/0', folder.file('own.zarr')),
      message: /would be lost/,
    },
    { what: 'a link to the output', args: () => files('link/0', folder.file('own.zarr')), message: /would be lost/ },
    {
      what: 'an output in the OME-Zarr of the input',
      args: () => files('own.zarr', folder.file('own.zarr/cells.zarr')),
      message:
        /--output must not be a part of the input, .*own\.zarr; write it beside it, as .*\/dilated-unet-\w+\/cells\.zarr; received/,
    },
    {
      what: 'an output that would be a section',
      args: () => files('slices', folder.file('slices/mask.tif')),
      message:
        /--output must not be a part of the input, .*slices; write it beside it, as .*\/dilated-unet-\w+\/mask\.tif; received/,
    },
    {
      what: 'an output that a pattern would match',
      args: () => files('slices/s*.png', folder.file('slices/s.png')),
      message: /--output must not be a part of the input/,
    },
  ])('$what', ({ args, message }) => {
    const { status, stderr } = segment(args());
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/defect|\n\s+at /);
    expect(status).toBe(1);
    expect(readdirSync(out)).toEqual([]);
    expect(readFileSync(folder.file('stack.tif')).byteLength).toBeGreaterThan(28_800);
  });

  test('a full disk', ({ skip }) => {
    const disk = mountTmpfs('64k');
    if (disk === undefined) return skip('mounting a small disk needs root');
    try {
      const { status, stderr } = segment([...files('large.tif', path.join(disk.path, 'p.tif')), '--probabilities']);
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /error: .*p\.tif\.parts\/section-000001\.tif cannot be written: no space is left on the disk/,
      );
      expect(readdirSync(disk.path)).toEqual([]);
    } finally {
      disk.remove();
    }
  });
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s keeps what was there and what is done, and says how to go on',
  async (signal) => {
    const output = path.join(out, 'mask.tif');
    writeFileSync(output, 'an older result');
    const child = spawn(process.execPath, [CLI, ...files('long.tif', output)], {
      cwd: folder.path,
      env: environment(),
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const waiting = setInterval(() => {
      if (!existsSync(`${output}.parts/section-000001.tif`)) return;
      // Once: a second Ctrl-C ends the process at once.
      clearInterval(waiting);
      child.kill(signal);
    }, 5);
    const ended = await new Promise((resolve) => child.once('close', (_, by) => resolve(by)));
    clearInterval(waiting);
    expect(ended).toBe(signal);
    expect(stderr).toMatch(
      /\d+ of 60 sections are there; left: .*The same command goes on from there\.\nStopped; no output was written/,
    );
    expect(readdirSync(out).sort()).toEqual(['mask.tif', 'mask.tif.parts']);
    expect(readdirSync(`${output}.parts`).filter((name) => !/^(plan\.json|section-\d+\.tif)$/.test(name))).toEqual([]);
    expect(readFileSync(output, 'utf8')).toBe('an older result');
    const status = segment(['--output', output, '--status']);
    expect(status).toMatchObject({ status: 3, stderr: '' });
    expect(status.stdout).toMatch(/^\d+ of 60 sections are there; left: .*60\n/);
    expect(segment(files('long.tif', output))).toMatchObject({ status: 0 });
    expect(readdirSync(out)).toEqual(['mask.tif']);
    expect(segment(['--output', output, '--status']).status).toBe(0);
  },
);

test.each([
  { args: ['--part', '3/2'], message: /'3\/2' is invalid. It must be i\/n with i from 1 to n/ },
  { args: ['--part', 'auto'], message: /--part must be a number.*SLURM_ARRAY_TASK_ID/ },
])('$args', ({ args, message }) => {
  const { status, stderr } = segment([...files(), ...args]);
  expect(stderr).toMatch(message);
  expect(status).toBe(1);
});
