"""Times Keras' predictions of sections as one `tf.function` (see bench_predict.py)."""

import os

os.environ['KERAS_BACKEND'] = 'tensorflow'
os.environ['CUDA_VISIBLE_DEVICES'] = '-1'
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

from bench_predict import read_images, read_task, report  # noqa: E402
from keras_reference import VARIANTS, build, parameters  # noqa: E402
from safetensors_file import read_safetensors  # noqa: E402


def main() -> None:
    task = read_task()
    tf.config.threading.set_intra_op_parallelism_threads(task['threads'])
    model = build(**VARIANTS[task['variant']], dropout=0.0, seed=1)
    weights = read_safetensors(task['model'])
    for name, variable in parameters(model).items():
        variable.assign(weights[name])
    predict = tf.function(lambda images: model(images, training=False))
    sections = [tf.constant(image[None, ..., None]) for image in read_images(task)]
    version = f'Keras {keras.__version__}, TensorFlow {tf.__version__}'
    report(task, sections, lambda section: predict(section).numpy(), version)


main()
