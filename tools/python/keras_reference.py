# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow-cpu==2.21.0", "keras==3.15.1", "numpy==1.26.4"]
# ///
"""Reference numbers for training, from an independent implementation: Keras.

The four variants are written here by hand in Keras' functional API, from the description of the architecture and not
from the TypeScript network, so that an error in either shows as a difference. Everything is drawn from one seed.

DIR/tensors.bin    float32, little-endian, C order, one tensor after another
DIR/manifest.json  {"tensors": [{"name", "shape", "offset"}], "losses", "dice", "rates", "margin", "versions",
                   "arguments"}

`offset` counts floats. `losses`, `dice` and `rates` have one entry per step: the loss and the soft Dice of the step's
batch before its update, and the learning rate of the update. `margin` is the least distance of a ReLU's input from 0 in
the first step, in standard deviations of its channel. Axes are n, y, x, channel; kernels y, x, in, out. Tensors:

initial/PARAMETER       all weights and moving statistics before the first step, e.g. initial/encoder1/conv1/kernel
gradient/PARAMETER      gradient of the first step's loss, for each trainable weight
final/PARAMETER         all weights and moving statistics after the last step
batch/STEP/images       z-scores, (batch, size, size, 1); STEP counts from 0
batch/STEP/labels       1 = cell interior, 0 = membrane, -1 = ignored (with --ignored); same shape
prediction              probability of interior in batch 0, with the final weights and moving statistics; same shape

Loss: keras.losses.binary_crossentropy on probabilities (clipped to 1e-7 ... 1 - 1e-7), mean over the pixels, + 1 - soft
Dice with smooth 1 over the whole batch, both of the interior class. With --ignored, both have sample weights: 0 at pixels
that are ignored, 1 at others; the cross-entropy is keras.losses.BinaryCrossentropy with the reduction
mean_with_sample_weight, which divides by the sum of the weights. Optimizer: keras.optimizers.RMSprop with rho 0.9,
epsilon 1e-7 added below the root, no momentum. Batch norm: momentum 0.99, epsilon 1e-3; Keras 3 moves the moving
variance towards the biased variance of the batch (divided by n, not n - 1). With --replicas, a batch norm treats equal parts
of the batch as the replicas of tf.distribute.MirroredStrategy do, each by its own statistics, and the moving statistics become
the mean of what each part would make of them (VariableAggregation.MEAN, as tf.keras has it); all else is of the whole batch.

Precision: float32 disagrees with float64 by some 1e-5 of a tensor's largest gradient, but by percents as soon as
rounding moves one ReLU's input across 0. Compare with --float64, and keep ReLUs from crossing: either few pixels and a
seed of large `margin`, or --clear-of-kinks, for any size. There, the gradient of a bias followed by batch norm is 0 in
theory, hence rounding alone: bound it relative to the gradient of the kernel beside it.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ['KERAS_BACKEND'] = 'tensorflow'
os.environ['CUDA_VISIBLE_DEVICES'] = '-1'
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')

PINNED = {'tensorflow': '2.21.0', 'keras': '3.15.1'}
PARAMETERS, TRAINABLE = 2_772_816, 2_768_548
# Options of the original's command line.
VARIANTS = {
    'unet': {'dilate_rate': 1, 'dilate': 0, 'addition': 1},
    'dilated-unet': {'dilate_rate': 2, 'dilate': 1, 'addition': 1},
    'unet-a': {'dilate_rate': 1, 'dilate': 0, 'addition': 0},
    'dilated-unet-a': {'dilate_rate': 2, 'dilate': 1, 'addition': 0},
}
FILES = ('manifest.json', 'tensors.bin')


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='example: keras_reference.py --variant unet --size 64 --batch 2 --steps 3 --out reference/unet\n'
        'cyclical rate: keras_reference.py ... --base-rate 1e-5 --max-rate 5e-4 --step-size 4',
    )
    parser.add_argument('--variant', choices=VARIANTS, required=True, help='which of the four networks')
    parser.add_argument('--size', type=int, required=True, help='height and width of the images, a multiple of 8')
    parser.add_argument('--batch', type=int, required=True, help='images per step')
    parser.add_argument('--steps', type=int, required=True, help='training steps, each with a batch of its own')
    parser.add_argument('--out', type=Path, required=True, help='folder; one that holds an earlier run is replaced')
    parser.add_argument('--learning-rate', type=float, help='the same rate for every step (default 0.001, Keras)')
    parser.add_argument('--base-rate', type=float, help='triangular cyclical rate (Smith 2015): rate of the first step')
    parser.add_argument('--max-rate', type=float, help='triangular cyclical rate: highest rate')
    parser.add_argument('--step-size', type=int, help='triangular cyclical rate: steps from base to maximum')
    parser.add_argument('--dropout', type=float, default=0.0, help='dropout rate (default 0: comparable; original 0.3)')
    parser.add_argument('--seed', type=int, default=865, help='of weights, images, labels and dropout (default 865)')
    parser.add_argument('--ignored', type=float, default=0.0,
                        help='share of the pixels of each image that have no label, in blobs (default 0)')
    parser.add_argument('--replicas', type=int, default=1,
                        help='equal parts of a batch, each with batch-norm statistics of its own (default 1)')
    parser.add_argument('--clear-of-kinks', action='store_true',
                        help='shift the biases so that no ReLU input of the first step is within a standard deviation '
                        'of 0: seven channels in eight always on, the eighth always off')
    parser.add_argument('--float64', action='store_true',
                        help='compute in float64 from the same float32 weights and images; still written as float32')
    arguments = parser.parse_args()
    for option, unit in (('size', 8), ('batch', 1), ('steps', 1)):
        if (value := getattr(arguments, option)) < unit or value % unit:
            parser.error(f'--{option} must be a positive multiple of {unit}, got {value}')
    if arguments.replicas < 1 or arguments.batch % arguments.replicas:
        parser.error(f'--replicas must be a positive divisor of --batch, got {arguments.replicas}')
    if not 0 <= arguments.ignored < 1:
        parser.error(f'--ignored must be at least 0 and below 1, got {arguments.ignored}')
    if not 0 <= arguments.dropout < 1:
        parser.error(f'--dropout must be at least 0 and below 1, got {arguments.dropout}')
    cyclical = [arguments.base_rate, arguments.max_rate, arguments.step_size]
    if cyclical == [None] * 3:
        arguments.learning_rate = 1e-3 if arguments.learning_rate is None else arguments.learning_rate
        if not arguments.learning_rate > 0:
            parser.error(f'--learning-rate must be positive, got {arguments.learning_rate}')
    elif None in cyclical or arguments.learning_rate is not None:
        parser.error('give --base-rate, --max-rate and --step-size together, and no --learning-rate')
    elif arguments.step_size < 1 or not 0 < arguments.base_rate <= arguments.max_rate:
        parser.error(f'must hold: 0 < --base-rate <= --max-rate and --step-size >= 1; got {cyclical}')
    out = arguments.out
    if out.exists() and not (out.is_dir() and all(entry.name in FILES for entry in out.iterdir())):
        parser.error(f'--out {out} holds something else than {" and ".join(FILES)}; name another folder')
    return arguments


# After the arguments are checked, since TensorFlow takes seconds to load.
if __name__ == '__main__':
    ARGUMENTS = parse_arguments()

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import layers  # noqa: E402


class Convolution(layers.Conv2D):
    """Conv2D with ReLU that can measure its pre-activations and move its bias, when called eagerly."""

    mode = 'run'
    margins: list[float] = []

    def call(self, x):
        if Convolution.mode != 'run' and self.activation is keras.activations.relu:
            z = keras.ops.conv(x, self.kernel, padding='same', dilation_rate=self.dilation_rate).numpy()
            low, high, deviation = z.min((0, 1, 2)), z.max((0, 1, 2)), z.std((0, 1, 2))
            if Convolution.mode == 'shift':
                self.bias.assign(np.where(np.arange(self.filters) % 8 == 7, -high - deviation, deviation - low))
            Convolution.margins.append(float(np.min(np.abs(z + self.bias.numpy()) / deviation)))
        return super().call(x)


class ReplicaNorm(layers.BatchNormalization):
    """Batch norm by the statistics of each of `replicas` equal parts of the batch."""

    def __init__(self, replicas, **options):
        super().__init__(**options)
        self.replicas = replicas

    def call(self, x, training=None):
        if not training:
            return super().call(x, training=training)
        statistics = (self.moving_mean, self.moving_variance)
        before = [tf.identity(variable.value) for variable in statistics]
        outputs, moved = [], []
        for part in tf.split(x, self.replicas):
            for variable, value in zip(statistics, before, strict=True):
                variable.assign(value)
            outputs.append(super().call(part, training=True))
            moved.append([tf.identity(variable.value) for variable in statistics])
        for variable, values in zip(statistics, zip(*moved, strict=True), strict=True):
            variable.assign(tf.add_n(values) / self.replicas)
        return tf.concat(outputs, 0)


def build(dilate_rate: int, dilate: int, addition: int, dropout: float, seed: int, replicas: int = 1) -> keras.Model:
    """The network: (n, y, x, 1) z-scores -> (n, y, x, 1) probability of interior. '.' in names stands for '/'."""
    drops = 0

    def conv(name, x, filters, dilation=1):
        return Convolution(filters, 3, padding='same', dilation_rate=dilation, activation='relu', name=name)(x)

    def norm(name, x):
        options = {'momentum': 0.99, 'epsilon': 1e-3, 'name': name}
        return (layers.BatchNormalization(**options) if replicas == 1 else ReplicaNorm(replicas, **options))(x)

    def drop(x):
        nonlocal drops
        drops += 1
        return layers.Dropout(dropout, seed=seed + drops)(x)

    image = x = keras.Input((None, None, 1))
    skips = {}
    for stage, filters in ((1, 44), (2, 88), (3, 176)):
        x = drop(norm(f'encoder{stage}.norm1', conv(f'encoder{stage}.conv1', x, filters)))
        skips[stage] = x = conv(f'encoder{stage}.conv2', x, filters, dilate_rate)
        x = drop(norm(f'encoder{stage}.norm2', x))
        x = drop(layers.MaxPooling2D(2)(x))

    x = conv('bottleneck.conv1', x, 176)
    rectified = [x]
    for index, dilation in ((2, 2), (3, 4), (4, 8), (5, 16), (6, 32)):
        x = drop(norm(f'bottleneck.norm{index - 1}', x))
        x = conv(f'bottleneck.conv{index}', x, 176, dilation if dilate else 1)
        rectified.append(x)
    if addition:
        x = layers.Add()(rectified)

    for stage, filters in ((3, 88), (2, 44), (1, 22)):
        x = layers.UpSampling2D(2, interpolation='nearest')(x)
        x = conv(f'decoder{stage}.conv1', x, filters)
        x = layers.Concatenate()([skips[stage], x])
        x = drop(norm(f'decoder{stage}.norm1', x))
        x = norm(f'decoder{stage}.norm2', conv(f'decoder{stage}.conv2', x, filters))
        x = conv(f'decoder{stage}.conv3', x, filters)

    logits = layers.Conv2D(2, 1, name='head.conv')(norm('head.norm', x))
    return keras.Model(image, layers.Softmax()(logits)[..., 1:])


def build_model(arguments: argparse.Namespace, dtype: str) -> keras.Model:
    """The chosen variant in `dtype`, its size checked."""
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    model = build(**VARIANTS[arguments.variant], dropout=arguments.dropout, seed=arguments.seed,
                  replicas=arguments.replicas)
    counts = tuple(
        sum(int(np.prod(variable.shape)) for variable in variables)
        for variables in (parameters(model).values(), model.trainable_variables)
    )
    if counts != (PARAMETERS, TRAINABLE):
        raise RuntimeError(f'{arguments.variant} has {counts[0]} parameters, {counts[1]} of them trainable; '
                           f'must be {PARAMETERS} and {TRAINABLE}: the network was built wrongly')
    return model


def parameters(model: keras.Model) -> dict[str, keras.Variable]:
    """Weights and moving statistics by name, e.g. encoder1/conv1/kernel, in the order of the layers."""
    return {
        f'{layer.name.replace(".", "/")}/{variable.name}': variable
        for layer in model.layers
        if isinstance(layer, (layers.Conv2D, layers.BatchNormalization))
        for variable in layer.weights
    }


def draw_parameter(name: str, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """Kernels after He et al. 2015 (not truncated); the rest off its neutral value, so that an omission would show."""
    kind = name.rsplit('/', 1)[1]
    if kind == 'kernel':
        gain = 1 if name.startswith('head/') else 2
        return random.normal(0, np.sqrt(gain / np.prod(shape[:-1])), shape)
    return random.uniform(0.8, 1.2, shape) if kind == 'gamma' else random.normal(0, 0.05, shape)


def draw_initial(arguments: argparse.Namespace, images: np.ndarray) -> tuple[dict[str, np.ndarray], float]:
    """Float32 weights and moving statistics by name, the same with and without --float64, and the margin.

    The moving statistics are those of `images`, the first batch, made inexact, so that inference is not saturated.
    """
    model = build_model(arguments, 'float64')
    named = parameters(model)
    random = np.random.default_rng([arguments.seed, 0])
    for name, variable in named.items():
        if '/moving_' not in name:
            variable.assign(draw_parameter(name, tuple(variable.shape), random).astype('<f4'))
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.0
    Convolution.mode, Convolution.margins = ('shift' if arguments.clear_of_kinks else 'measure'), []
    model(tf.constant(images, 'float64'), training=True)
    Convolution.mode = 'run'
    initial = {name: variable.numpy() for name, variable in named.items()}
    for name in (name for name in named if name.endswith('/moving_mean')):
        variance_name = name.removesuffix('mean') + 'variance'
        initial[name] += 0.1 * np.sqrt(initial[variance_name]) * random.normal(size=initial[name].shape)
        initial[variance_name] *= random.uniform(0.7, 1.4, initial[name].shape)
    return {name: value.astype('<f4') for name, value in initial.items()}, min(Convolution.margins)


def blurred_noise(shape: tuple[int, int, int], sigma: float, random: np.random.Generator) -> np.ndarray:
    """White noise of (n, y, x) blurred by a Gaussian of `sigma` pixels, wrapping around; mean 0, variance 1 each."""
    y, x = np.fft.fftfreq(shape[1])[:, None], np.fft.rfftfreq(shape[2])[None, :]
    window = np.exp(-2 * (np.pi * sigma) ** 2 * (y**2 + x**2))
    noise = np.fft.irfft2(np.fft.rfft2(random.normal(size=shape)) * window, s=shape[1:])
    noise -= noise.mean(axis=(1, 2), keepdims=True)
    return noise / noise.std(axis=(1, 2), keepdims=True)


def draw_batch(count: int, size: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Images (z-scores, darker where membrane) and labels (blobs, 78% interior), both (count, size, size, 1)."""
    shape = (count, size, size)
    height = blurred_noise(shape, 3, random)
    labels = height > np.quantile(height, 0.22, axis=(1, 2), keepdims=True)
    images = labels + 0.5 * blurred_noise(shape, 1, random)
    images = (images - images.mean()) / images.std()
    return images[..., None].astype('<f4'), labels[..., None].astype('<f4')


def ignore_pixels(labels: np.ndarray, share: float, random: np.random.Generator) -> np.ndarray:
    """`labels`, (n, y, x, 1), with -1 in blobs of that share of each image."""
    height = blurred_noise(labels.shape[:3], 4, random)
    ignored = height < np.quantile(height, share, axis=(1, 2), keepdims=True)
    return np.where(ignored[..., None], np.float32(-1), labels)


def triangular_rate(step: int, base: float, maximum: float, step_size: int) -> float:
    """Rate of Smith 2015 for `step`, counted from 0."""
    cycle = np.floor(1 + step / (2 * step_size))
    return float(base + (maximum - base) * max(0, 1 - abs(step / step_size - 2 * cycle + 1)))


def plain_loss(labels, interior):
    """Loss and soft Dice of (n, y, x, 1), every pixel labelled."""
    cross_entropy = tf.reduce_mean(keras.losses.binary_crossentropy(labels, interior))
    overlap = tf.reduce_sum(labels * interior)
    dice = (2 * overlap + 1) / (tf.reduce_sum(labels) + tf.reduce_sum(interior) + 1)
    return cross_entropy + 1 - dice, dice


def weighted_loss(labels, interior):
    """The same by sample weights: 0 where labels are below 0."""
    weights = tf.cast(labels >= 0, labels.dtype)
    known = tf.where(labels >= 0, labels, tf.zeros_like(labels))
    by_pixel = keras.losses.BinaryCrossentropy(reduction='mean_with_sample_weight', dtype=labels.dtype)
    cross_entropy = by_pixel(known, interior, sample_weight=weights[..., 0])
    overlap = tf.reduce_sum(weights * known * interior)
    areas = tf.reduce_sum(weights * known) + tf.reduce_sum(weights * interior)
    dice = (2 * overlap + 1) / (areas + 1)
    return cross_entropy + 1 - dice, dice


def make_train_step(model: keras.Model, optimizer: keras.optimizers.Optimizer, loss_of):
    """A function of (images, labels) that updates the model: -> loss and soft Dice before the update, gradients."""

    @tf.function
    def train_step(images, labels):
        with tf.GradientTape() as tape:
            interior = model(images, training=True)
            loss, dice = loss_of(labels, interior)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return loss, dice, gradients

    return train_step


def compute(arguments: argparse.Namespace) -> tuple[dict[str, np.ndarray], dict[str, object]]:
    """The tensors by name, and the other numbers of the manifest."""
    batches: dict[str, np.ndarray] = {}
    for step in range(arguments.steps):
        # A stream of its own for each batch and for the weights: none depends on the number of steps.
        images, labels = draw_batch(arguments.batch, arguments.size, np.random.default_rng([arguments.seed, 1, step]))
        if arguments.ignored > 0:
            labels = ignore_pixels(labels, arguments.ignored, np.random.default_rng([arguments.seed, 2, step]))
        batches[f'batch/{step}/images'], batches[f'batch/{step}/labels'] = images, labels
    initial, margin = draw_initial(arguments, batches['batch/0/images'])
    tensors = {f'initial/{name}': value for name, value in initial.items()} | batches

    dtype = 'float64' if arguments.float64 else 'float32'
    model = build_model(arguments, dtype)
    named = parameters(model)
    for name, variable in named.items():
        variable.assign(initial[name].astype(dtype))
    optimizer = keras.optimizers.RMSprop()
    optimizer.build(model.trainable_variables)
    train_step = make_train_step(model, optimizer, weighted_loss if arguments.ignored > 0 else plain_loss)
    series: dict[str, list[float]] = {'losses': [], 'dice': [], 'rates': []}
    for step in range(arguments.steps):
        rate = arguments.learning_rate
        if rate is None:
            rate = triangular_rate(step, arguments.base_rate, arguments.max_rate, arguments.step_size)
        optimizer.learning_rate = rate
        batch = (tf.constant(batches[f'batch/{step}/{kind}'], dtype) for kind in ('images', 'labels'))
        loss, dice, gradients = train_step(*batch)
        for key, value in (('losses', loss), ('dice', dice), ('rates', rate)):
            series[key].append(float(value))
        if step == 0:
            by_variable = {id(v): g for v, g in zip(model.trainable_variables, gradients, strict=True)}
            tensors |= {f'gradient/{n}': by_variable[id(v)].numpy() for n, v in named.items() if id(v) in by_variable}

    tensors |= {f'final/{name}': variable.numpy() for name, variable in named.items()}
    tensors['prediction'] = model(tf.constant(batches['batch/0/images'], dtype), training=False).numpy()
    tensors = {name: np.ascontiguousarray(tensor, '<f4') for name, tensor in tensors.items()}
    wrong = [name for name, tensor in tensors.items() if not np.isfinite(tensor).all()]
    if wrong or not np.isfinite(series['losses']).all():
        raise FloatingPointError(f'losses {series["losses"]}, not finite in {wrong[:3]}; take a lower learning rate')
    return tensors, {**series, 'margin': margin}


def write(out: Path, tensors: dict[str, np.ndarray], facts: dict[str, object]) -> None:
    """Writes beside `out`, then renames, so that `out` is a whole run or absent."""
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f'.{out.name}-', dir=out.parent))
    try:
        entries, offset = [], 0
        with open(temporary / 'tensors.bin', 'wb') as file:
            for name, tensor in tensors.items():
                entries.append({'name': name, 'shape': list(tensor.shape), 'offset': offset})
                file.write(tensor.tobytes())
                offset += tensor.size
        (temporary / 'manifest.json').write_text(json.dumps({'tensors': entries, **facts}, indent=1) + '\n')
        temporary.chmod(0o755)
        if out.exists():
            shutil.rmtree(out)
        temporary.rename(out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def main(arguments: argparse.Namespace) -> None:
    versions = {'tensorflow': tf.__version__, 'keras': keras.__version__}
    if versions != PINNED:
        sys.exit(f'The reference is defined for {PINNED}, found {versions}: install the pinned versions.')
    versions |= {'numpy': np.__version__, 'python': sys.version.split()[0]}
    keras.utils.set_random_seed(arguments.seed)
    tf.config.experimental.enable_op_determinism()
    tensors, series = compute(arguments)
    options = {name: value for name, value in vars(arguments).items() if name != 'out'}
    write(arguments.out.resolve(), tensors, {**series, 'versions': versions, 'arguments': options})
    print(json.dumps({'out': str(arguments.out), 'tensors': len(tensors), **series}))


if __name__ == '__main__':
    main(ARGUMENTS)
