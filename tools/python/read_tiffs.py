"""Reads TIFF files with tifffile, for tests that compare.

    python read_tiffs.py FOLDER

Prints a line of JSON for each `*.tif` in FOLDER, by name: `{"name", "series", "sections", "pages"}` with a digest per plane of the first
series, of the pages that are marked as nothing else, and of all pages, or `{"name", "error"}`. A digest is the SHA-1 of the plane's grey values as little-endian float32,
after what `@dilated-unet/stacks` does to values: unsigned integers of up to 16 bits with white as 0 are turned round, 1 bit
becomes 0 and 255, palettes that are grey ramps become grey.
"""
import hashlib
import json
import logging
import resource
import signal
import sys
from pathlib import Path

import numpy as np
import tifffile

SECONDS, BYTES = 10, 6 * 2**30


def grey(page, data):
    bits = page.bitspersample
    if data.dtype == bool:
        data = data.astype(np.uint8) * 255
    if page.photometric == 3:
        ramp = page.colormap
        if ramp is None or not (ramp[0] == ramp[1]).all() or not (ramp[0] == ramp[2]).all() or len(set(ramp[0])) == 1:
            raise ValueError('a palette of colours')
        table = ramp[0] if bits > 8 else ramp[0] if ramp[0].max() < 256 else ramp[0] >> 8
        return table[data // 255 if bits == 1 else data]
    # Where the tag is missing, tifffile says 0, and most readers take black for 0.
    if page.photometric == 0 and 262 in page.tags and data.dtype.kind == 'u' and data.dtype.itemsize <= 2:
        return (255 if bits == 1 else 2**bits - 1) - data
    return data


def digests(page, data):
    with np.errstate(all='ignore'):
        values = grey(page, data).astype('<f4') + np.float32(0)
    values[np.isnan(values)] = np.nan
    planes = values.reshape(-1, *data.shape[-2:])
    return [f'{plane.shape[1]}x{plane.shape[0]} {hashlib.sha1(plane.tobytes()).hexdigest()}' for plane in planes]


def require_known(page):
    """Refuses what tifffile is known to read in another way than the file says."""
    offsets, counts = page.dataoffsets, page.databytecounts
    if page.samplesperpixel != 1:
        raise ValueError('colour')
    # It knows the length of one strip of whole bytes, and leaves other strips empty.
    if len(counts) != len(offsets) or counts[0] == 0 < offsets[0]:
        raise ValueError('byte counts are missing')
    # It takes one strip for a part of the file, wherever that is.
    if offsets[0] == 0:
        raise ValueError('a strip that was never written')
    # It takes the planes of a MetaMorph stack for a part of the file, whatever the strips and further pages are.
    if 33628 in page.tags and (
        any(a + n != b for a, n, b in zip(offsets, counts, offsets[1:])) or sum(counts) != page.nbytes
    ):
        raise ValueError('a MetaMorph stack whose strips do not lie in a row')
    if (33628 in page.tags) != (33629 in page.tags) or 33629 in page.tags and len(page.parent.pages) > 1:
        raise ValueError('a MetaMorph stack without one of its tags, or of several pages')
    # It reads the first of several planes behind one directory where their values are packed.
    if page.bitspersample % 8 > 0 and len(page.parent.pages) == 1 and page.is_shaped:
        raise ValueError('packed planes behind one directory')


def read(path):
    with tifffile.TiffFile(path) as tif:
        for page in tif.pages:
            require_known(page)
        sections = [page for page in tif.pages if not (page.is_reduced or page.is_mask or page.subfiletype & 5)]
        series = tif.series[0]
        return {
            'series': digests(tif.pages[0], series.asarray()),
            'sections': [digest for page in sections for digest in digests(page, page.asarray())],
            'pages': [digest for page in tif.pages for digest in digests(page, page.asarray())],
        }


def timeout(*_):
    raise TimeoutError('longer than 10 s')


if __name__ == '__main__':
    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    signal.signal(signal.SIGALRM, timeout)
    for file in sorted(Path(sys.argv[1]).glob('*.tif')):
        signal.alarm(SECONDS)
        try:
            answer = read(file)
        except BaseException as error:
            answer = {'error': f'{type(error).__name__}: {error}'[:200]}
        signal.alarm(0)
        print(json.dumps({'name': file.name, **answer}), flush=True)
