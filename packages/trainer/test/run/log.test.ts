import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvironmentError } from '@dilated-unet/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readRunLog, RunLog, type LogRow } from '../../src/run/log.ts';

let path = '';
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'dilated-unet-log-')), 'log.csv');
});
afterEach(() => rm(join(path, '..'), { recursive: true }));

const row = (epoch: number, changes: Partial<LogRow> = {}): LogRow => ({
  epoch,
  loss: 1 / epoch,
  softDice: 0.1 + 0.2,
  rate: 1e-7,
  stepMs: 12.345,
  validation: null,
  scores: null,
  ...changes,
});
const SCORES = {
  interiorDice: 0.92,
  membraneDice: 0.7,
  interiorIou: 0.8,
  membraneIou: 0.6,
  precision: 0.95,
  recall: 0.9,
};

/** An epoch that was not evaluated, one on a montage, one on held-out sections. */
const ROWS = [
  row(1),
  row(2, { validation: { loss: 0.5, softDice: 0.9 } }),
  row(3, { validation: { loss: 0.3, softDice: 0.91 }, scores: SCORES }),
];

async function written(rows: readonly LogRow[]): Promise<RunLog> {
  const log = await RunLog.open(path, 0);
  for (const one of rows) await log.append(one);
  return log;
}

test('what is written is read, to the last bit', async () => {
  const log = await written(ROWS);
  expect(log.rows).toEqual(ROWS);
  expect(await readRunLog(path)).toEqual(ROWS);
});

test('each of several stacks has columns of its own', async () => {
  const one = (name: string, loss: number) => ({ name, validation: { loss, softDice: 0.9 }, scores: SCORES });
  const rows = [
    row(1),
    row(2, {
      validation: { loss: 0.5, softDice: 0.9 },
      scores: SCORES,
      stacks: [one('brain', 0.4), one('c.o-r_d', 0.6)],
    }),
    row(3),
  ];
  const log = await written(rows);
  expect(await readRunLog(path)).toEqual(rows);
  const [header = ''] = (await readFile(path, 'utf8')).split('\n');
  expect(header).toContain('heldOut.recall,validation.loss:brain,validation.softDice:brain,heldOut.interiorDice:brain');
  expect(header).toContain(',heldOut.recall:c.o-r_d');
  // As it is taken up, so it is written.
  const before = await readFile(path, 'utf8');
  const again = await RunLog.open(path, 2);
  await again.append(row(3));
  expect(await readFile(path, 'utf8')).toBe(before);
  expect(log.rows).toEqual(again.rows);
});

test('columns are known by their names', async () => {
  await written(ROWS);
  const lines = (await readFile(path, 'utf8')).trim().split('\n');
  const turned = lines.map((line, i) => [i === 0 ? 'note' : 'x', ...line.split(',').reverse()].join(','));
  await writeFile(path, turned.join('\r\n'));
  expect(await readRunLog(path)).toEqual(ROWS);
});

/** As version 0.1 wrote them: an epoch that was not evaluated, and one on held-out sections. */
const EARLIER = `epoch,loss,dice,rate,stepMs,validation.loss,validation.dice,heldOut.loss,heldOut.softDice,heldOut.interiorDice,heldOut.membraneDice,heldOut.interiorIou,heldOut.membraneIou,heldOut.pixelError
1,0.5,0.3,1e-7,12.345,,,,,,,,,
2,0.25,0.4,1e-7,12.345,0.3,0.91,0.3,0.91,0.92,0.7,0.8,0.6,0.1
`;

test('a log of version 0.1 is read and taken up', async () => {
  await writeFile(path, EARLIER);
  const { precision: _, recall: __, ...scores } = SCORES;
  const rows = [
    row(1, { loss: 0.5, softDice: 0.3 }),
    row(2, { loss: 0.25, softDice: 0.4, validation: { loss: 0.3, softDice: 0.91 }, scores }),
  ];
  expect(await readRunLog(path)).toEqual(rows);
  const log = await RunLog.open(path, 2);
  await log.append(ROWS[2] as LogRow);
  expect(await readRunLog(path)).toEqual([...rows, ROWS[2]]);
});

describe('a log that is taken up', () => {
  test('ends with the epoch of the checkpoint, in the file too', async () => {
    await written(ROWS);
    const log = await RunLog.open(path, 2);
    expect(log.rows).toEqual(ROWS.slice(0, 2));
    expect(await readRunLog(path)).toEqual(ROWS.slice(0, 2));
    await log.append(row(3));
    expect(await readRunLog(path)).toEqual([...ROWS.slice(0, 2), row(3)]);
  });

  test('is as it would be without the interruption, byte by byte', async () => {
    await written(ROWS);
    const whole = await readFile(path, 'utf8');
    const log = await RunLog.open(path, 1);
    for (const one of ROWS.slice(1)) await log.append(one);
    expect(await readFile(path, 'utf8')).toBe(whole);
  });

  test('begins anew before the first epoch, whatever is there', async () => {
    await writeFile(path, 'nonsense');
    expect((await RunLog.open(path, 0)).rows).toEqual([]);
  });
});

describe('is refused', () => {
  test.each([
    ['no log', null, 'Cannot read the log'],
    ['another table', 'epoch,loss\n1,2\n', 'it has no column softDice, rate, stepMs, validation.loss'],
    ['nothing', '', 'it has no column epoch'],
  ])('%s', async (_, text, message) => {
    if (text !== null) await writeFile(path, text);
    const reading = readRunLog(path);
    await expect(reading).rejects.toThrow(EnvironmentError);
    await expect(reading).rejects.toThrow(message);
  });

  test('a number that is none', async () => {
    await written(ROWS);
    await writeFile(path, (await readFile(path, 'utf8')).replace('12.345', 'fast'));
    await expect(readRunLog(path)).rejects.toThrow('line 2 has no stepMs');
  });

  test('fewer epochs than the checkpoint has', async () => {
    await written(ROWS);
    await expect(RunLog.open(path, 4)).rejects.toThrow('it lacks some of the 4 epochs');
    await written([row(1), row(3)]);
    await expect(RunLog.open(path, 2)).rejects.toThrow('it lacks some of the 2 epochs');
  });
});
