import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '@dilated-unet/core';
import { trainingEnvironment } from '@dilated-unet/trainer';
import { runProcess } from '@dilated-unet/host';

/** The best rate at which TensorFlow convolves on this machine, in 10^9 floating-point operations per second. */
export async function convRate(signal: AbortSignal): Promise<{ readonly gflops: number }> {
  const entry = fileURLToPath(import.meta.resolve('@dilated-unet/trainer/bench/conv-rate.js'));
  const env = { ...process.env, ...trainingEnvironment() };
  const { code, stdout, output } = await runProcess(process.execPath, [entry], { env, signal });
  if (code !== 0) throw new EnvironmentError(`Measuring the rate of convolutions failed:\n${output.slice(-2000)}`);
  return JSON.parse(stdout.split('\n').at(-1) as string) as { gflops: number };
}
