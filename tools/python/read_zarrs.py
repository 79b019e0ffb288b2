"""Reads zarrs with zarr-python, for tests that compare.

    python read_zarrs.py FOLDER

Prints a line of JSON for each folder in FOLDER whose name begins with a digit, by name: `{"name", "planes"}` with a digest per
section, `{"name", "large"}` or `{"name", "error"}`. What is read is the first image, its full resolution, and the first channel
and time of it. A digest is the SHA-1 of the plane's values as little-endian float32, bool as 0 and 255.
"""
import faulthandler
import hashlib
import json
import logging
import math
import re
import resource
import signal
import sys
import warnings
from pathlib import Path

import numpy as np
import zarr
from numcodecs import blosc

SECONDS, BYTES = 5, 6 * 2**30
MOST_PIXELS, MOST_SECTIONS, MOST_CHUNKS = 2**22, 1000, 4096
TYPES = {'t': 'time', 'c': 'channel', 'z': 'space', 'y': 'space', 'x': 'space'}


def node(path):
    # Only the metadata of the group or array itself is what both read.
    try:
        return zarr.open_array(path, mode='r')
    except Exception:
        return zarr.open_group(path, mode='r', use_consolidated=False)


def ome_of(group):
    attributes = dict(group.attrs)
    return attributes['ome'] if isinstance(attributes.get('ome'), dict) else attributes


def inner(group, path):
    found = group[path]
    if not isinstance(found, zarr.Group):
        raise ValueError('no group')
    return found


def image_of(group):
    ome = ome_of(group)
    if 'multiscales' in ome:
        return group, ome['multiscales'][0]
    if 'bioformats2raw.layout' in ome:
        return image_of(inner(group, '0'))
    return image_of(inner(group, ome['labels'][0]))


def named(axis):
    # What an axis is whose type and name say two things is not known.
    name = axis['name']
    if TYPES[name] != axis.get('type', TYPES[name]):
        raise ValueError('an axis of another type')
    return name


def array_and_axes(path):
    found = node(path)
    if isinstance(found, zarr.Group):
        group, multiscale = image_of(found)
        array = group[multiscale['datasets'][0]['path']]
        return array, [named(axis) for axis in multiscale['axes']]
    names = getattr(found.metadata, 'dimension_names', None) or found.attrs.get('_ARRAY_DIMENSIONS')
    if names and any(str(name).lower() in TYPES for name in names):
        return found, [named({'name': name}) for name in names]
    return found, {2: ['y', 'x'], 3: ['z', 'y', 'x']}[found.ndim]


def planes(array, axes):
    if len(axes) != array.ndim or len(set(axes)) != len(axes) or not {'y', 'x'} <= set(axes):
        raise ValueError('axes that do not fit')
    sizes = dict(zip(axes, array.shape))
    sections = sizes.get('z', 1)
    if sections * sizes['y'] * sizes['x'] > MOST_PIXELS or sections > MOST_SECTIONS:
        return None
    if math.prod(math.ceil(sizes[axis] / array.chunks[axes.index(axis)]) for axis in axes if axis in 'zyx') > MOST_CHUNKS:
        raise ValueError('so many chunks that they are not compared')
    if 0 in array.shape:
        raise ValueError('empty')
    data = array[tuple(0 if axis in 'tc' else slice(None) for axis in axes)]
    left = [axis for axis in axes if axis not in 'tc']
    return np.transpose(data, [left.index(axis) for axis in 'zyx' if axis in left]).reshape(-1, sizes['y'], sizes['x'])


def digests(values):
    if values.dtype == bool:
        values = values.astype(np.uint8) * 255
    if values.dtype.kind not in 'uif':
        raise ValueError(f'values of type {values.dtype}')
    with np.errstate(all='ignore'):
        values = values.astype('<f4') + np.float32(0)
    values[np.isnan(values)] = np.nan
    return [f'{plane.shape[1]}x{plane.shape[0]} {hashlib.sha1(plane.tobytes()).hexdigest()}' for plane in values]


def read(path):
    array, axes = array_and_axes(str(path))
    if not isinstance(array, zarr.Array):
        raise ValueError('no array')
    found = planes(array, axes)
    return {'large': True} if found is None else {'planes': digests(found)}


def in_time(path):
    signal.alarm(SECONDS)
    try:
        return read(path)
    finally:
        signal.alarm(0)


def timeout(*_):
    raise TimeoutError(f'longer than {SECONDS} s')


if __name__ == '__main__':
    faulthandler.enable()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter('ignore')
    blosc.use_threads = False
    # Threads cost more than chunks of some bytes gain.
    zarr.config.set({'threading.max_workers': 1, 'async.concurrency': 1})
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    signal.signal(signal.SIGALRM, timeout)
    for entry in sorted(Path(sys.argv[1]).iterdir(), key=lambda entry: entry.name):
        if not re.match(r'\d', entry.name):
            continue
        try:
            answer = in_time(entry)
        except BaseException as error:
            answer = {'error': f'{type(error).__name__}: {error}'[:200]}
        print(json.dumps({'name': entry.name, **answer}), flush=True)
