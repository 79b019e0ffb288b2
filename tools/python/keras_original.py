"""The original's protocol in Keras, for `nx run pipeline:keras-original`.

Takes one argument, JSON:

{"images", "labels": raw files of (z, y, x); "dtype": of the images, labels are uint8, 1 interior and 0 membrane;
 "shape": [z, y, x], "variant", "epochs", "stepsPerEpoch", "validationSteps", "batchSize", "window", "seed"}

Prints a line of JSON per epoch: {"epoch", "loss", "dice", "valLoss", "valDice", "rate", "stepMs"}. Loss and Dice are means
over the batches of the epoch, those of training before each update and with dropout; the rate is that of the epoch's last
step, and stepMs the median time of its training steps.

The protocol: all sections in a shuffled montage (30: 6 rows of 5), and in another shuffle with rows and columns exchanged
for validation; windows anywhere in it, seams included, without augmentation; z-scores of the montage; RMSprop; binary
cross-entropy + 1 - soft Dice; a triangular cyclical rate (Smith 2015) that begins at its base and moves after each batch.
"""

import json
import os
import sys
import time

VISIBLE = os.environ.get('CUDA_VISIBLE_DEVICES')
os.environ['KERAS_BACKEND'] = 'tensorflow'
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')

import keras  # noqa: E402
import numpy as np  # noqa: E402

from keras_loss import dice, loss  # noqa: E402
from keras_reference import VARIANTS, Convolution, build, triangular_rate  # noqa: E402
from montage import cut_windows, lay_montage, montage_shape, window_starts, z_scores  # noqa: E402

# The reference, which computes on the CPU, hides the GPUs.
if VISIBLE is None:
    del os.environ['CUDA_VISIBLE_DEVICES']
else:
    os.environ['CUDA_VISIBLE_DEVICES'] = VISIBLE

DROPOUT = 0.3
BASE_RATE, MAX_RATE, STEP_SIZE = 1e-5, 1e-2, 2000


class Windows:
    """Batches of windows of a montage, drawn at random."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, task: dict, random: np.random.Generator):
        self.images, self.labels = z_scores(images), labels.astype('f4')
        self.window, self.count, self.random = task['window'], task['batchSize'], random

    def batch(self) -> tuple[np.ndarray, np.ndarray]:
        starts = window_starts(self.images.shape, self.window, self.count, self.random)
        return cut_windows(self.images, starts, self.window), cut_windows(self.labels, starts, self.window)


def read_montages(task: dict) -> tuple[Windows, Windows]:
    """Training and validation windows."""
    shape = tuple(task['shape'])
    images = np.fromfile(task['images'], task['dtype']).reshape(shape)
    labels = np.fromfile(task['labels'], 'u1').reshape(shape)
    rows, columns = montage_shape(shape[0])
    windows = []
    for place, grid in enumerate(((rows, columns), (columns, rows))):
        # A stream of its own for each montage: none depends on how often the other is asked.
        random = np.random.default_rng([task['seed'], place])
        order = random.permutation(shape[0])
        windows.append(Windows(lay_montage(images, order, *grid), lay_montage(labels, order, *grid), task, random))
    return windows[0], windows[1]


def compiled(task: dict) -> keras.Model:
    """The network with the original's weights to begin with: He-normal convolutions, a Glorot-uniform head, no biases."""
    keras.utils.set_random_seed(task['seed'])
    model = build(**VARIANTS[task['variant']], dropout=DROPOUT, seed=task['seed'])
    for place, layer in enumerate(layer for layer in model.layers if isinstance(layer, Convolution)):
        layer.kernel.assign(keras.initializers.HeNormal(seed=task['seed'] + place)(layer.kernel.shape))
    model.compile(optimizer=keras.optimizers.RMSprop(BASE_RATE), loss=loss, metrics=[dice])
    return model


def main() -> None:
    task = json.loads(sys.argv[1])
    training, validation = read_montages(task)
    model = compiled(task)
    step = 0
    for epoch in range(1, task['epochs'] + 1):
        times = []
        model.reset_metrics()
        for _ in range(task['stepsPerEpoch']):
            images, labels = training.batch()
            rate = triangular_rate(step, BASE_RATE, MAX_RATE, STEP_SIZE)
            model.optimizer.learning_rate = rate
            before = time.perf_counter()
            # Means over the batches since the reset.
            train = model.train_on_batch(images, labels, return_dict=True)
            times.append(1000 * (time.perf_counter() - before))
            step += 1
        model.reset_metrics()
        for _ in range(task['validationSteps']):
            test = model.test_on_batch(*validation.batch(), return_dict=True)
        print(json.dumps({
            'epoch': epoch, 'loss': float(train['loss']), 'dice': float(train['dice']),
            'valLoss': float(test['loss']), 'valDice': float(test['dice']), 'rate': rate, 'stepMs': float(np.median(times)),
        }), flush=True)


main()
