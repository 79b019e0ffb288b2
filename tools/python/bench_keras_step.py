"""Times training steps of the same network in Keras, for `nx run trainer:bench`.

Takes one argument, JSON: {"variant", "size", "batch", "warmUp", "steps", "jit": "auto" | "off"}; prints one line of JSON:
{"stepMs": [...], "peakRssBytes", "loadMs", "losses": [...], "version"}. The model is compiled as a user would compile it and trained by
`train_on_batch` on random images; `jit` is Keras' `jit_compile` ("auto" is its default).
"""

import json
import os
import resource
import sys
import time

os.environ['KERAS_BACKEND'] = 'tensorflow'
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')

import keras  # noqa: E402
import numpy as np  # noqa: E402

from keras_loss import dice, loss  # noqa: E402
from keras_reference import VARIANTS, build  # noqa: E402

DROPOUT = 0.3


def main() -> None:
    task = json.loads(sys.argv[1])
    size, batch = task['size'], task['batch']
    begun = time.perf_counter()
    model = build(**VARIANTS[task['variant']], dropout=DROPOUT, seed=1)
    model.compile(
        optimizer=keras.optimizers.RMSprop(1e-4), loss=loss, metrics=[dice],
        jit_compile='auto' if task['jit'] == 'auto' else False,
    )
    random = np.random.default_rng(1)
    images = random.normal(size=(batch, size, size, 1)).astype('float32')
    labels = (random.uniform(size=images.shape) < 0.78).astype('float32')
    load = time.perf_counter() - begun
    times, losses = [], []
    for step in range(task['warmUp'] + task['steps']):
        before = time.perf_counter()
        losses.append(float(model.train_on_batch(images, labels)[0]))
        if step >= task['warmUp']:
            times.append(1000 * (time.perf_counter() - before))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({'stepMs': times, 'peakRssBytes': peak, 'loadMs': 1000 * load, 'losses': losses,
                      'version': f'Keras {keras.__version__}'}))


main()
