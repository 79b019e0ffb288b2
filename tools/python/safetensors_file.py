"""Reads a file of safetensors, float32: https://github.com/huggingface/safetensors#format."""

import json

import numpy as np


def read_safetensors(path: str) -> dict[str, np.ndarray]:
    """The tensors by name."""
    with open(path, 'rb') as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), 'little')))
        data = file.read()
    header.pop('__metadata__', None)
    wrong = {entry['dtype'] for entry in header.values()} - {'F32'}
    if wrong:
        raise ValueError(f'{path} has tensors of {", ".join(sorted(wrong))}; must be F32')
    return {
        name: np.frombuffer(data[slice(*entry['data_offsets'])], '<f4').reshape(entry['shape'])
        for name, entry in header.items()
    }
