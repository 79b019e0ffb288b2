import { expect, test } from 'vitest';
import { pipError } from '../../src/setup/install-errors.ts';

/** What pip 23 and 24 print, shortened; each with the words of the message it must become. */
const CASES: readonly [string, string, RegExp][] = [
  [
    'no name resolution',
    `Collecting absl-py==2.5.1
  WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object>: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/absl-py/
ERROR: Could not find a version that satisfies the requirement absl-py==2.5.1 (from versions: none)
ERROR: No matching distribution found for absl-py==2.5.1`,
    /at absl-py==2\.5\.1: the package index could not be reached/,
  ],
  [
    'a download that stalls',
    `Collecting tensorflow-cpu==2.21.0
  Downloading tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl (290.1 MB)
pip._vendor.urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool(host='files.pythonhosted.org', port=443): Read timed out.`,
    /at tensorflow_cpu-2\.21\.0.*: the package index could not be reached/,
  ],
  [
    'a certificate that is not trusted',
    `Could not fetch URL https://pypi.org/simple/six/: There was a problem confirming the ssl certificate: HTTPSConnectionPool(host='pypi.org', port=443): Max retries exceeded with url: /simple/six/ (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed')))
ERROR: No matching distribution found for six==1.17.0`,
    /TLS certificate is not trusted.*PIP_CERT/,
  ],
  [
    'a proxy that refuses',
    `Collecting six==1.17.0
  WARNING: Retrying after connection broken by 'ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407 Proxy Authentication Required'))': /simple/six/
ERROR: No matching distribution found for six==1.17.0`,
    /the proxy refused the connection\. Check HTTPS_PROXY/,
  ],
  [
    'a full disk while a network retry was seen',
    `WARNING: Retrying after connection broken by 'ReadTimeoutError("Read timed out.")'
Installing collected packages: libclang, tensorflow-cpu
ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device`,
    /the disk is full\. Free some space/,
  ],
];

test.each(CASES)('%s', (_name, output, expected) => {
  const { message } = pipError(output, 'exit status 1');
  expect(message).toMatch(expected);
  expect(message).toContain('pip says: ');
});

test('what is not known is passed on, with how pip ended', () => {
  const { message } = pipError('Traceback ...\nKeyError: 7', 'exit status 2');
  expect(message).toMatch(/pip ended with exit status 2\. Run it again; if it fails again, pip says:\nKeyError: 7/);
});
