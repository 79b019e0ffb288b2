import { InvalidOptionError } from '@dilated-unet/core';
import { describe, expect, test } from 'vitest';
import { parsePart, partOfArray, sectionsOfPart } from '../../src/parts/part.ts';

test.each([
  ['1/1', { index: 1, count: 1 }],
  ['7/7', { index: 7, count: 7 }],
  ['0/2', undefined],
  ['3/2', undefined],
  ['1', undefined],
  ['1/2/3', undefined],
  ['1.5/2', undefined],
  ['/2', undefined],
])('%s', (text, part) => {
  expect(parsePart(text)).toEqual(part);
});

test.each([1, 2, 7, 30, 45])('%i parts hold each section once, neighbours, and differ by one at most', (count) => {
  const places = Array.from({ length: 30 }, (_, i) => 2 * i);
  const parts = Array.from({ length: count }, (_, i) => sectionsOfPart(places, { index: i + 1, count }));
  expect(parts.flat()).toEqual(places);
  const sizes = parts.map((part) => part.length);
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
});

describe('auto', () => {
  const slurm = (id: number, count: number, least: number, most: number) => ({
    SLURM_ARRAY_TASK_ID: `${id}`,
    SLURM_ARRAY_TASK_COUNT: `${count}`,
    SLURM_ARRAY_TASK_MIN: `${least}`,
    SLURM_ARRAY_TASK_MAX: `${most}`,
  });
  test.each([
    ['--array=1-7', slurm(3, 7, 1, 7), { index: 3, count: 7 }],
    ['--array=0-6', slurm(0, 7, 0, 6), { index: 1, count: 7 }],
    ['--array=1-7:2', slurm(7, 4, 1, 7), { index: 4, count: 4 }],
    ['--array=5', slurm(5, 1, 5, 5), { index: 1, count: 1 }],
    ['Kubernetes', { JOB_COMPLETION_INDEX: '0', JOB_COMPLETIONS: '4' }, { index: 1, count: 4 }],
    ['AWS Batch', { AWS_BATCH_JOB_ARRAY_INDEX: '3', AWS_BATCH_JOB_ARRAY_SIZE: '4' }, { index: 4, count: 4 }],
  ])('%s', (_, environment, part) => {
    expect(partOfArray(environment)).toEqual(part);
  });

  test.each([
    ['no array', {}, /SLURM_ARRAY_TASK_ID.*JOB_COMPLETION_INDEX.*AWS_BATCH_JOB_ARRAY_INDEX/],
    ['--array=2,5,6', slurm(5, 3, 2, 6), /evenly spaced.*SLURM_ARRAY_TASK_ID=5/],
    ['a Job that does not say of how many', { JOB_COMPLETION_INDEX: '1' }, /JOB_COMPLETIONS=\(missing\)/],
    [
      'a number beyond',
      { AWS_BATCH_JOB_ARRAY_INDEX: '4', AWS_BATCH_JOB_ARRAY_SIZE: '4' },
      /AWS_BATCH_JOB_ARRAY_SIZE=4/,
    ],
    ['a text', { JOB_COMPLETION_INDEX: 'x', JOB_COMPLETIONS: '' }, /JOB_COMPLETION_INDEX=x/],
  ])('%s is refused', (_, environment, message) => {
    expect(() => partOfArray(environment)).toThrow(InvalidOptionError);
    expect(() => partOfArray(environment)).toThrow(message);
  });
});
