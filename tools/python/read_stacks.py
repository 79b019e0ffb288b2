"""Reads TIFF and PNG files, and folders of them, with tifffile and libpng, for tests that compare.

    python read_stacks.py FOLDER

Prints a line of JSON for each file and folder in FOLDER, by name: `{"name", "series", "chosen", "sections", "pages"}` with a
digest per plane of the first series, of the first channel and time of it, of the pages that are marked as nothing else, and of
all pages, or `{"name", "error"}`. A digest is the SHA-1 of the plane's grey values as little-endian float32, after what
`@dilated-unet/stacks` does to values: unsigned integers of up to 16 bits with white as 0 are turned round, 1 bit becomes 0 and
255, palettes that are grey ramps become grey. Of several samples a pixel, the first is taken.
"""
import hashlib
import json
import logging
import re
import resource
import signal
import sys
from pathlib import Path

import imagecodecs
import numpy as np
import tifffile

SECONDS, BYTES = 5, 6 * 2**30
# Tags of numbers, from NewSubfileType to SampleFormat, and ImageDescription.
KNOWN = 254, 255, 256, 257, 258, 259, 262, 266, 270, 277, 278, 284, 317, 322, 323, 339
ORDER = re.compile('DimensionOrder="XY(CZT|CTZ|ZCT|ZTC|TCZ|TZC)"')
SECTION = re.compile(r'(?!\.).*\.(png|tiff?|tf[28]|btf)$', re.IGNORECASE)


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


def taken(data, axes, letters):
    """`data` with the first entry of each axis of `letters`."""
    return data[tuple(0 if axis in letters else slice(None) for axis in axes)]


def digests_of(values):
    with np.errstate(all='ignore'):
        values = values.astype('<f4') + np.float32(0)
    values[np.isnan(values)] = np.nan
    planes = values.reshape(-1, *values.shape[-2:])
    return [f'{plane.shape[1]}x{plane.shape[0]} {hashlib.sha1(plane.tobytes()).hexdigest()}' for plane in planes]


def digests(page, image, letters='S'):
    return digests_of(grey(page, taken(image.asarray(), image.axes, letters)))


def require_known(page):
    """Refuses what tifffile is known to read in another way than the file says."""
    offsets, counts = page.dataoffsets, page.databytecounts
    # It keeps values of type BYTE as bytes, and then does not know them.
    if any(isinstance(page.tags.valueof(tag), bytes) for tag in KNOWN):
        raise ValueError('a value of type BYTE')
    # It knows the length of one strip of whole bytes, and leaves other strips empty.
    if len(counts) != len(offsets) or counts[0] == 0 < offsets[0]:
        raise ValueError('byte counts are missing')
    # It takes the byte counts of tiles for those of strips.
    if (324 in page.tags) != (325 in page.tags):
        raise ValueError('byte counts of tiles beside strips')
    # It takes strips that are stored as they are for a part of the file, wherever that is.
    if offsets[0] == 0 and page.is_contiguous:
        raise ValueError('a strip that was never written')
    # It takes the planes of a MetaMorph stack for a part of the file, whatever the strips and further pages are.
    if 33628 in page.tags and (
        any(a + n != b for a, n, b in zip(offsets, counts, offsets[1:])) or sum(counts) != page.nbytes
    ):
        raise ValueError('a MetaMorph stack whose strips do not lie in a row')
    if (33628 in page.tags) != (33629 in page.tags) or 33629 in page.tags and len(page.parent.pages) > 1:
        raise ValueError('a MetaMorph stack without one of its tags, or of several pages')
    # It undoes predictors beside compressions that have none.
    if page.predictor != 1 and page.compression not in (5, 8, 32946, 50000):
        raise ValueError('a predictor beside a compression that has none')
    # It rounds the value of what was never written, and takes one that the bits of a value cannot hold.
    if page.nodata and (page.dtype == np.float16 or page.bitspersample < 8):
        raise ValueError('a value for blocks that were never written, of few bits')
    if 42113 in page.tags and page.dtype.kind == 'i':
        raise ValueError('a value for blocks that were never written, which it takes for an unsigned one')
    # It loses rows where line ends have fill bits of which T4Options says nothing, though T.4 allows them anywhere.
    if page.compression == 3 and not (page.tags.valueof(292) or 0) & 4 and has_fill_bits(page):
        raise ValueError('fax coding with fill bits')
    # It takes the slices of ImageJ's text for all there is where ImageJ counts images.
    if page.is_imagej and not is_consistent(page.parent.imagej_metadata or {}):
        raise ValueError('an ImageJ text of other numbers')
    # It passes over OME-XML that has no TiffData; Bio-Formats then takes the pages in their order.
    if page.is_ome and 'TiffData' not in page.description:
        raise ValueError('OME-XML without TiffData')
    # It passes over images whose order of axes is none, where others take the order from the places of their planes.
    if page.is_ome and not ORDER.search(page.description):
        raise ValueError('OME-XML without an order of axes')
    # It reads the first of several planes behind one directory where their values are packed.
    if page.bitspersample % 8 > 0 and len(page.parent.pages) == 1 and page.is_shaped:
        raise ValueError('packed planes behind one directory')


def way(page):
    """How the values of `page` are stored."""
    white = page.photometric if 262 in page.tags else 1
    return page.compression, page.predictor, page.fillorder, white, page.is_tiled


def has_fill_bits(page):
    file = page.parent.filehandle
    for offset, count in zip(page.dataoffsets, page.databytecounts):
        file.seek(offset)
        if 15 * '0' in ''.join(f'{byte:08b}' for byte in file.read(count)):
            return True
    return False


def is_consistent(text):
    sizes = [text.get(key, 1) for key in ('channels', 'slices', 'frames')]
    return text.get('images', 1) == sizes[0] * sizes[1] * sizes[2]


def read_tiff(path):
    with tifffile.TiffFile(path) as tif:
        tif.pages.useframes = False
        pages = list(tif.pages)
        for page in pages:
            require_known(page)
        sections = [page for page in pages if not (page.is_reduced or page.is_mask or page.subfiletype & 5)]
        series = tif.series[0]
        # It reads all pages of a series as the first of them says.
        members = {page.index for page in series.pages if page is not None}
        ways = {way(page) for page in pages if page.index in members}
        # ImageJ's planes it takes for a row behind the first page, where they may be, though other pages say where they are.
        start, size = series.dataoffset or 0, pages[0].nbytes
        is_row = start > 0 and any(page.dataoffsets[0] != start + i * size for i, page in enumerate(pages))
        # Of a file whose description it does not take, it knows no channels; and it counts SubIFDs among pages.
        is_taken = series.kind != 'generic' or not (pages[0].is_ome or pages[0].is_imagej or pages[0].is_shaped)
        is_chain = len(ways) == 1 and (series.kind != 'generic' or len(series) <= len(pages))
        is_known = is_taken and is_chain and not is_row
        return {
            'series': digests(pages[0], series) if is_chain else [],
            'chosen': digests(pages[0], series, 'SCT') if is_known else [],
            'sections': [digest for page in sections for digest in digests(page, page)],
            'pages': [digest for page in pages for digest in digests(page, page)],
        }


def read_png(path):
    data = imagecodecs.png_decode(path.read_bytes())
    planes = digests_of(data if data.ndim == 2 else data[..., 0])
    return {'series': planes, 'chosen': planes, 'sections': planes, 'pages': planes}


def read_file(path):
    return read_png(path) if path.read_bytes()[:8] == b'\x89PNG\r\n\x1a\n' else read_tiff(path)


def read(path):
    if not path.is_dir():
        return read_file(path)
    files = [file for file in path.iterdir() if SECTION.match(file.name)]
    files.sort(key=lambda file: [int(part) if part.isdigit() else part for part in re.split(r'(\d+)', file.stem)])
    parts = [read_file(file) for file in files]
    return {key: [plane for part in parts for plane in part[key]] for key in ('series', 'chosen', 'sections', 'pages')}


def in_time(path):
    signal.alarm(SECONDS)
    try:
        return read(path)
    finally:
        signal.alarm(0)


def timeout(*_):
    raise TimeoutError(f'longer than {SECONDS} s')


if __name__ == '__main__':
    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    signal.signal(signal.SIGALRM, timeout)
    for entry in sorted(Path(sys.argv[1]).iterdir(), key=lambda entry: entry.name):
        try:
            answer = in_time(entry)
        except BaseException as error:
            answer = {'error': f'{type(error).__name__}: {error}'[:200]}
        print(json.dumps({'name': entry.name, **answer}), flush=True)
