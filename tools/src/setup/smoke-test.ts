import { EnvironmentError } from '@dilated-unet/core';
import { runProcess, type RunOptions } from '@dilated-unet/host';

/** Multiplies two matrices and tells the version of the library that did it. */
const SCRIPT = `
const tf = require(process.argv[1]);
const product = tf.matMul([[1, 2], [3, 4]], [[5, 6], [7, 8]]).dataSync();
const tensorflow = tf.backend().binding.TF_Version;
process.stdout.write('\\n' + JSON.stringify({ tensorflow, product: [...product] }) + '\\n');
`;

/**
 * Loads the binding in a process of its own and computes with it.
 *
 * @param folder of the npm package.
 * @param expected version of TensorFlow that must answer.
 * @throws EnvironmentError when it does not load, is another version, or computes wrongly.
 */
export async function smokeTest(folder: string, expected: string, options: RunOptions): Promise<void> {
  const env = { ...options.env, TF_CPP_MIN_LOG_LEVEL: '1' };
  const result = await runProcess(process.execPath, ['-e', SCRIPT, folder], { ...options, env });
  const fail = (what: string) =>
    new EnvironmentError(
      `The TensorFlow binding was built but ${what}. Run the set-up again; it says:\n${result.output}`,
    );
  if (result.code !== 0) throw fail(`does not load (${result.signal ?? `exit status ${result.code}`})`);
  const answer = result.stdout.split('\n').findLast((line) => line.startsWith('{"tensorflow"'));
  if (answer === undefined) throw fail('does not say which TensorFlow it runs');
  const facts = JSON.parse(answer) as { tensorflow: string; product: number[] };
  if (facts.tensorflow !== expected) throw fail(`reports TensorFlow ${facts.tensorflow} instead of ${expected}`);
  if (facts.product.join() !== '19,22,43,50')
    throw fail(`computes [[1, 2], [3, 4]] x [[5, 6], [7, 8]] = ${facts.product.join()}`);
  if (result.output.includes('Cannot dlopen some GPU libraries'))
    throw fail('cannot load the CUDA libraries beside it');
}
