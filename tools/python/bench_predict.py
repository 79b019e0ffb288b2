"""What the predictions of our benches in Keras and PyTorch have in common.

A script takes one argument, JSON: {"variant", "depth", "height", "width", "model": weights, safetensors, "images": z-scores,
float32, axes z, y, x, "output": where the probabilities go, alike, "warmUp": predictions of the first section before the
clock starts, "runs": passes over all sections, "threads"}; it prints one line of JSON: {"ms": of each pass, "version"}.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

Section = TypeVar('Section')


def read_task() -> dict:
    return json.loads(sys.argv[1])


def read_images(task: dict) -> np.ndarray:
    """Axes z, y, x."""
    shape = (task['depth'], task['height'], task['width'])
    return np.fromfile(task['images'], '<f4', int(np.prod(shape))).reshape(shape)


def report(task: dict, sections: list[Section], predict: Callable[[Section], np.ndarray], version: str, **more) -> None:
    """Times `predict`, which gives the probabilities of a section, with axes y, x and any of length 1, section by section.

    `more` goes into the line too.
    """
    probabilities = np.empty((task['depth'], task['height'], task['width']), '<f4')
    for _ in range(task['warmUp']):
        predict(sections[0])
    times = []
    for _ in range(task['runs']):
        before = time.perf_counter()
        for z, section in enumerate(sections):
            probabilities[z] = predict(section).reshape(task['height'], task['width'])
        times.append(1000 * (time.perf_counter() - before))
    probabilities.tofile(task['output'])
    print(json.dumps({'ms': times, 'version': version, **more}))
