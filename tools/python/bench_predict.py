"""What the predictions of `nx run tools:bench-model` in Keras and PyTorch have in common.

A script takes one argument, JSON: {"variant", "size", "model": weights, safetensors, "image": z-scores, float32, axes y,
x, "output": where the probabilities go, alike, "warmUp", "runs", "threads"}; it prints one line of JSON: {"ms": [...],
"version"}.
"""

import json
import sys
import time
from collections.abc import Callable

import numpy as np


def read_task() -> dict:
    return json.loads(sys.argv[1])


def read_image(task: dict) -> np.ndarray:
    """Axes y, x."""
    return np.fromfile(task['image'], '<f4').reshape(task['size'], task['size'])


def report(task: dict, predict: Callable[[], np.ndarray], version: str) -> None:
    """Times `predict`, which gives probabilities with axes y, x and any of length 1."""
    times = []
    for run in range(task['warmUp'] + task['runs']):
        before = time.perf_counter()
        probabilities = predict()
        if run >= task['warmUp']:
            times.append(1000 * (time.perf_counter() - before))
    probabilities.astype('<f4').tofile(task['output'])
    print(json.dumps({'ms': times, 'version': version}))
