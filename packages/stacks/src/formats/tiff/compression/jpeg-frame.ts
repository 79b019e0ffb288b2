import { DecodeError } from '../../../compression/errors.ts';

/** What a JPEG stream says of its image before any of it is decoded (ITU-T T.81, annex B). */
export interface JpegFrame {
  readonly width: number;
  readonly height: number;
  /** Components of a pixel. */
  readonly samples: number;
  /** Bits of a value. */
  readonly precision: number;
  /** How it is coded: 0 baseline, 1 extended, 2 progressive, 3 lossless; others in arithmetic coding or by differences. */
  readonly process: number;
  /** Times that the decoder goes over the whole image. */
  readonly scans: number;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
/** In the range of frame headers, but tables, reserved, and conditions of arithmetic coding. */
const NO_FRAME: readonly number[] = [0xc4, 0xc8, 0xcc];

/** The frame of `stream`. @throws DecodeError where it has none or several, or ends before its image does. */
export function readJpegFrame(stream: Uint8Array): JpegFrame {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  let frame: Omit<JpegFrame, 'scans'> | undefined;
  let scans = 0;
  for (const { marker, at, length } of segments(view)) {
    if (marker === SOS) scans++;
    if (marker < 0xc0 || marker > 0xcf || NO_FRAME.includes(marker)) continue;
    if (frame !== undefined || length < 8) throw new DecodeError('its JPEG data has a frame that cannot be');
    frame = {
      process: marker - 0xc0,
      precision: view.getUint8(at),
      height: view.getUint16(at + 1),
      width: view.getUint16(at + 3),
      samples: view.getUint8(at + 5),
    };
  }
  if (frame === undefined) throw new DecodeError('its JPEG data has no frame');
  return { ...frame, scans };
}

/** The segments of a stream: their marker, and where what they hold begins. */
function* segments(view: DataView): Generator<{ marker: number; at: number; length: number }, void, undefined> {
  const byte = (at: number): number => {
    if (at < view.byteLength) return view.getUint8(at);
    throw new DecodeError('its JPEG data is cut off');
  };
  if (byte(0) !== 0xff || byte(1) !== SOI) throw new DecodeError('it is no JPEG data');
  for (let at = 2; ;) {
    // Coded data, and stuffing, lie between the markers.
    while (byte(at) !== 0xff || byte(at + 1) === 0 || byte(at + 1) === 0xff || isRestart(byte(at + 1))) at++;
    const marker = byte(at + 1);
    at += 2;
    if (marker === EOI) return;
    if (marker === SOI || marker === 1) continue;
    const length = 256 * byte(at) + byte(at + 1);
    if (length < 2) throw new DecodeError('its JPEG data has a segment of no length');
    byte(at + length - 1);
    yield { marker, at: at + 2, length: length - 2 };
    at += length;
  }
}

function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7;
}
