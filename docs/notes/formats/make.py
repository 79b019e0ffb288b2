"""Writes a file of each kind that docs/formats.md speaks of, with tifffile and by hand: `python make.py FOLDER`.

Also writes `kinds.json`: for each file its kind, and the digests of the sections that are meant, as readers print them.
"""
import hashlib
import json
import struct
import sys
from pathlib import Path

import numpy as np
import tifffile

OUT = Path(sys.argv[1])
KINDS = []
PLAIN = {'metadata': None, 'photometric': 'minisblack'}


def pixels(dtype='uint8', depth=3, height=64, width=96):
    z, y, x = np.meshgrid(np.arange(depth), np.arange(height), np.arange(width), indexing='ij')
    wave = 100 + 60 * np.sin((x + 9 * z) / 7) + 50 * np.cos(y / (5 + z)) + (x * y) % 13
    return np.round(np.clip(wave, 0, 250)).astype(dtype)


def digest(plane):
    return hashlib.sha1(np.ascontiguousarray(plane, '<f4').tobytes()).hexdigest()


def kind(title, name, expected, write):
    write(OUT / name)
    stack = np.asarray(expected)
    KINDS.append({'title': title, 'name': name, 'planes': [digest(plane) for plane in stack.reshape(-1, *stack.shape[-2:])]})


def plain(title, name, data, expected=None, **how):
    kind(title, name, data if expected is None else expected, lambda path: tifffile.imwrite(path, data, **{**PLAIN, **how}))


def several(*writes):
    def write(path):
        with tifffile.TiffWriter(path) as tif:
            for data, how in writes:
                tif.write(data, **{**PLAIN, **how})

    return write


def patch(path, change):
    """Calls `change(raw, entry, tag)` for each entry of the first directory (classic, little endian)."""
    raw = bytearray(path.read_bytes())
    at = struct.unpack_from('<I', raw, 4)[0]
    for entry in range(at + 2, at + 2 + 12 * struct.unpack_from('<H', raw, at)[0], 12):
        change(raw, entry, struct.unpack_from('<H', raw, entry)[0])
    path.write_bytes(raw)


def patched(data, tag, new_tag=None, value=None):
    """Writes `data` with another number or value of a tag."""

    def change(raw, entry, found):
        if found == tag and new_tag is not None:
            struct.pack_into('<H', raw, entry, new_tag)
        if found == tag and value is not None:
            struct.pack_into('<I', raw, entry + 8, value)

    def write(path):
        tifffile.imwrite(path, data, **PLAIN)
        patch(path, change)

    return write


def sparse(path):
    """The second tile is in no place and has no bytes."""

    def change(raw, entry, tag):
        if tag in (324, 325):
            kind, size = ('<H', 2) if struct.unpack_from('<H', raw, entry + 2)[0] == 3 else ('<I', 4)
            struct.pack_into(kind, raw, struct.unpack_from('<I', raw, entry + 8)[0] + size, 0)

    tifffile.imwrite(path, pixels(depth=1)[0], tile=(32, 32), **PLAIN)
    patch(path, change)


def main():
    ref, one = pixels(), pixels(depth=1)[0]
    for dtype in ('uint8', 'uint16', 'float32', 'int8', 'int16', 'uint32', 'int32', 'uint64', 'int64', 'float16', 'float64'):
        data = ref.astype(dtype) if dtype != 'int8' else (ref / 2).astype(dtype)
        plain(f'{dtype}', f'type-{dtype}.tif', data)
    bits = ref > 100
    plain('1 bit (as 0 and 255)', 'type-1bit.tif', bits, bits * 255)
    for number in (2, 4, 12):
        data = (ref.astype('uint16') * 16 if number > 8 else ref >> (8 - number)).astype('uint16' if number > 8 else 'uint8')
        plain(f'{number} bits, packed', f'type-{number}bit.tif', data, bitspersample=number)
    plain('big-endian', 'big-endian.tif', ref.astype('uint16'), byteorder='>')
    plain('BigTIFF', 'bigtiff.tif', ref, bigtiff=True)
    plain('tiles', 'tiles.tif', ref, tile=(32, 32))
    for codec in ('zlib', 'lzw', 'packbits', 'zstd', 'jpeg2000', 'lerc', 'lzma'):
        plain(f'compression: {codec}', f'codec-{codec}.tif', ref, compression=codec)
    plain('predictor 2, LZW', 'predictor2.tif', ref, compression='lzw', predictor=True)
    plain('predictor 3, Deflate', 'predictor3.tif', ref.astype('float32'), compression='zlib', predictor=True)
    flat = np.full((3, 64, 96), 77, 'uint8')
    plain('compression: JPEG', 'codec-jpeg.tif', flat, compression='jpeg')
    plain('white as 0, uint8 (turned round)', 'white.tif', 255 - ref, ref, photometric='miniswhite')
    plain('white as 0, float32 (as stored)', 'white-float.tif', ref.astype('float32'), photometric='miniswhite')
    ramp = np.repeat(np.arange(256, dtype='uint16')[None] * 257, 3, 0)
    plain('palette that is a grey ramp', 'palette-grey.tif', one, photometric='palette', colormap=ramp)
    kind('no StripByteCounts', 'no-counts.tif', one, patched(one, 279, new_tag=65000))
    kind('StripByteCounts 0', 'zero-counts.tif', one, patched(one, 279, value=0))
    hole = one.copy()
    hole[:32, 32:64] = 0
    kind('tiles that were never written', 'sparse.tif', hole, sparse)
    small = one[::4, ::4]
    pages = [(one, {}), (small, {'subfiletype': 1})]
    kind('smaller copies behind the image, marked', 'pyramid.tif', one, several(*pages))
    kind('a mask of transparency behind it, marked', 'mask.tif', one, several((one, {}), (small > 99, {'subfiletype': 4, 'photometric': 'mask'})))
    kind('smaller copies as SubIFDs', 'subifds.tif', one, several((one, {'subifds': 1}), (small, {'subfiletype': 1})))
    kind('several images, not marked (the first)', 'several.tif', one, several(*[(one, {}), (small, {})]))
    stack = {'imagej': True, 'metadata': {'axes': 'ZYX'}}
    kind('ImageJ stack', 'imagej.tif', ref, lambda path: tifffile.imwrite(path, ref, **stack))

    def one_directory(path):
        with tifffile.TiffWriter(path, imagej=True) as tif:
            tif.write(ref, metadata={'axes': 'ZYX'}, truncate=True, contiguous=True)

    kind('ImageJ stack behind one directory', 'imagej-one.tif', ref, one_directory)
    kind('tifffile stack behind one directory', 'shaped-one.tif', ref,
         lambda path: tifffile.imwrite(path, ref, truncate=True, photometric='minisblack'))
    def metamorph(path):
        # UIC2 has six numbers for each plane (distance in z, dates, times), and the planes for its count.
        tags = [(33628, 4, 2, (0, 0), True), (33629, 5, 9, (50, 1, 2460000, 0, 2460000, 0) * 3, True)]
        tifffile.imwrite(path, ref, truncate=True, photometric='minisblack', software='', metadata=None, extratags=tags)
        patch(path, lambda raw, entry, tag: tag == 33629 and struct.pack_into('<I', raw, entry + 4, 3))

    kind('MetaMorph stack', 'metamorph.tif', ref, metamorph)
    both = np.stack([ref, 255 - ref], 1)
    kind('ImageJ hyperstack, channel 1 of 2', 'hyperstack.tif', ref,
         lambda path: tifffile.imwrite(path, both, imagej=True, metadata={'axes': 'ZCYX'}))
    kind('OME-TIFF, channel 1 of 2', 'ome.ome.tif', ref,
         lambda path: tifffile.imwrite(path, both.swapaxes(0, 1), metadata={'axes': 'CZYX'}, photometric='minisblack'))
    together = np.stack([ref, 255 - ref], -1)
    plain('2 samples a pixel, together, channel 1', 'samples-together.tif', together, ref, planarconfig='contig')
    plain('2 samples a pixel, each in a plane, channel 1', 'samples-planar.tif', both, ref, planarconfig='separate')
    plain('2 samples a pixel, differences, channel 1', 'samples-predictor.tif', together, ref, planarconfig='contig',
          compression='zlib', predictor=True)
    colours = np.stack([ref, 255 - ref, ref // 2], -1)
    plain('RGB, channel 1', 'samples-rgb.tif', colours, ref, photometric='rgb')
    plain('RGB whose channels are equal', 'equal-rgb.tif', np.stack([ref] * 3, -1), ref, photometric='rgb')
    plain('RGB whose channels are equal, opaque alpha', 'equal-rgba.tif', np.stack([ref] * 3 + [np.full_like(ref, 255)], -1), ref,
          photometric='rgb', extrasamples=['unassalpha'])
    plain('RGB in JPEG, channel 1', 'samples-jpeg.tif', np.stack([flat, flat, flat], -1), flat, photometric='rgb', compression='jpeg')
    kind('OME-TIFF of 2 channels of 3 samples, channel 1', 'ome-samples.ome.tif', ref,
         lambda path: tifffile.imwrite(path, np.stack([colours, 255 - colours]), metadata={'axes': 'CZYXS'}, photometric='rgb'))
    kind('Zeiss LSM of 2 channels, channel 1', 'zeiss-lsm.tif', ref, lsm)
    for name, scheme in (('3', 3), ('4', 4)):
        kind(f'fax group {name}', f'fax{name}.tif', bits * 255, fax(bits, scheme))
    (OUT / 'kinds.json').write_text(json.dumps(KINDS))


def lsm(path):
    """As the microscope's program writes it: planar pages, after each a thumbnail; sizes of the axes in a tag."""
    ref = pixels()
    depth, height, width = ref.shape
    info = struct.pack('<I9i6dHHI4I', 0x0400494C, 508, width, height, depth, 2, 1, 1, 8, 8, 1e-7, 1e-7, 1e-7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    info += bytes(508 - len(info))
    how = {**PLAIN, 'planarconfig': 'separate', 'photometric': 'minisblack', 'software': ''}
    with tifffile.TiffWriter(path) as tif:
        for z in range(depth):
            tags = [(34412, 1, len(info), info, True)] if z == 0 else []
            tif.write(np.stack([ref[z], 255 - ref[z]]), extratags=tags, **how)
            tif.write(np.zeros((2, 8, 8), 'uint8'), subfiletype=1, **how)
    # Its two BitsPerSample lie elsewhere, though they would fit into the directory.
    raw = bytearray(path.read_bytes())
    at = 4
    while at := struct.unpack_from('<I', raw, at)[0]:
        entries = struct.unpack_from('<H', raw, at)[0]
        for entry in range(at + 2, at + 2 + 12 * entries, 12):
            if struct.unpack_from('<H', raw, entry)[0] == 258:
                struct.pack_into('<I', raw, entry + 8, len(raw))
        at += 2 + 12 * entries
    path.write_bytes(raw + struct.pack('<HH', 8, 8))


def fax(bits, scheme):
    """libtiff's own encoder, by tiffcp."""
    import subprocess

    def write(path):
        plain_path = path.with_suffix('.plain')
        tifffile.imwrite(plain_path, bits, **PLAIN)
        subprocess.run(['tiffcp', '-c', f'g{scheme}', plain_path, path], check=True)
        plain_path.unlink()

    return write


main()
