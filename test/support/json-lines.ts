import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a program prints, a value of JSON a line. @param timeout in milliseconds, after which it is ended and this rejects */
export async function jsonLines<T>(program: string, args: readonly string[], timeout: number): Promise<T[]> {
  const { stdout } = await promisify(execFile)(program, args, { timeout, maxBuffer: 2 ** 28 });
  return stdout.trim().split('\n').map((line) => JSON.parse(line) as T); // prettier-ignore
}
