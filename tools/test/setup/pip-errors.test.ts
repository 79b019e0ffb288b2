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
  [
    'a file that is not the pinned one, after a retry that went well, beside a file of 407 kB',
    `Collecting tf2onnx==1.17.0
  WARNING: Retrying (Retry(total=2, connect=None)) after connection broken by 'ReadTimeoutError("HTTPSConnectionPool(host='files.pythonhosted.org', port=443): Read timed out. (read timeout=15)")': /packages/tf2onnx-1.17.0-py3-none-any.whl
  Downloading tf2onnx-1.17.0-py3-none-any.whl (407 kB)
ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, please update the hashes.
    tf2onnx==1.17.0 from https://files.pythonhosted.org/packages/tf2onnx-1.17.0-py3-none-any.whl:
        Expected sha256 0000
             Got        1111`,
    /at tf2onnx-1\.17\.0.*: a downloaded file is not the one that the requirements pin/,
  ],
  [
    'a wheel that is missing, beside a file of 407 kB',
    `Collecting tf2onnx==1.17.0
  Downloading tf2onnx-1.17.0-py3-none-any.whl (407 kB)
ERROR: Could not find a version that satisfies the requirement keras==3.15.1 (from versions: 3.14.0)
ERROR: No matching distribution found for keras==3.15.1`,
    /the package index has no wheel of keras==3\.15\.1/,
  ],
  [
    'a proxy that refuses a download',
    `Collecting six==1.17.0
ERROR: Could not install packages due to an OSError: HTTPSConnectionPool(host='files.pythonhosted.org', port=443): Max retries exceeded with url: /packages/six-1.17.0-py2.py3-none-any.whl (Caused by ProxyError('Unable to connect to proxy', OSError('Tunnel connection failed: 403 Forbidden')))`,
    /the proxy refused the connection\. Check HTTPS_PROXY/,
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
