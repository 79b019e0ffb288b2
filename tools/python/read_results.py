"""Reads written results with the programs that people open them with, for a test that compares.

    python read_results.py FOLDER

Prints a line of JSON for each entry of FOLDER, by name. Of an OME-Zarr: what zarr-python reads of each scale (`scales`), what
ome-zarr-py takes it for (`kinds`, `shapes`, `axes`), and what the schemas of OME-NGFF find wrong (`faults`). Of a TIFF: what
tifffile reads of it and of its scale. A digest is the SHA-1 of little-endian values, in order of z, y, x.
"""
import hashlib
import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import tifffile
import zarr
from jsonschema import Draft202012Validator
from ome_zarr.io import parse_url
from ome_zarr.reader import Reader
from referencing import Registry
from referencing.jsonschema import DRAFT202012

# Its schemas alone are wanted: what it imports is not installed.
NGFF_ZARR = importlib.util.find_spec('ngff_zarr').submodule_search_locations[0]
SCHEMAS = {path.stem: json.loads(path.read_text()) for path in Path(NGFF_ZARR, 'spec/0.5/schemas').glob('*.schema')}
REGISTRY = Registry().with_resources(
    (schema['$id'], DRAFT202012.create_resource(schema)) for schema in SCHEMAS.values()
)


def digest(values):
    return hashlib.sha1(np.ascontiguousarray(values, values.dtype.newbyteorder('<')).tobytes()).hexdigest()


def faults(attributes):
    wanted = ['image', 'label'] if 'image-label' in attributes['ome'] else ['image']
    return [
        f'{name}: {error.json_path}: {error.message}'
        for name in wanted
        for error in Draft202012Validator(SCHEMAS[name], registry=REGISTRY).iter_errors(attributes)
    ]


def read_zarr(path):
    group = zarr.open_group(str(path), mode='r')
    scales = []
    for dataset in group.attrs['ome']['multiscales'][0]['datasets']:
        array = group[dataset['path']]
        scales.append({
            'shape': array.shape,
            'chunks': array.chunks,
            'dtype': str(array.dtype),
            'names': array.metadata.dimension_names,
            'digest': digest(array[:]),
            'scale': dataset['coordinateTransformations'][0]['scale'],
        })
    nodes = list(Reader(parse_url(str(path)))())
    return {
        'scales': scales,
        'kinds': [sorted(type(spec).__name__ for spec in node.specs) for node in nodes],
        'shapes': [data.shape for node in nodes for data in node.data],
        'axes': nodes[0].metadata['axes'],
        'faults': faults(dict(group.attrs)),
    }


def read_tiff(path):
    with tifffile.TiffFile(path) as file:
        tags, values = file.pages[0].tags, file.asarray()
        imagej = file.imagej_metadata or {}
        return {
            'shape': values.shape,
            'dtype': str(values.dtype),
            'axes': file.series[0].axes,
            'digest': digest(values),
            'unit': imagej.get('unit'),
            'spacing': imagej.get('spacing'),
            'perUnit': [tags[name].value[0] / tags[name].value[1] for name in ('XResolution', 'YResolution') if name in tags],
        }


if __name__ == '__main__':
    for entry in sorted(Path(sys.argv[1]).iterdir(), key=lambda entry: entry.name):
        found = read_zarr(entry) if entry.is_dir() else read_tiff(entry)
        print(json.dumps({'name': entry.name, **found}), flush=True)
