"""Tests a package of bioimage.io with bioimageio.core, and predicts an image with it.

check_package.py PACKAGE.zip IMAGE.npy PREDICTION.npy: prints the status of the test, its errors and its warnings as JSON.
IMAGE has the axes of the package's input. It is predicted as it is: by default bioimageio.core pads an image by the halo, with
its own mirror image, where our runtimes leave the zeros of the network's own padding.
"""
import json
import sys

import numpy
from bioimageio.core import create_prediction_pipeline, load_model, test_model
from bioimageio.core.digest_spec import create_sample_for_model

package, image, prediction = sys.argv[1:]
summary = test_model(package, weight_format='onnx')
problems = {'errors': [], 'warnings': []}
for detail in summary.details:
    for kind, found in problems.items():
        found.extend(f'{".".join(map(str, entry.loc))}: {entry.msg}' for entry in getattr(detail, kind))
model = load_model(package, perform_io_checks=False)
sample = create_sample_for_model(model, inputs={'raw': numpy.load(image)})
predicted = create_prediction_pipeline(model).predict_sample_without_blocking(
    sample, skip_input_padding=True, skip_output_cropping=True
)
(output,) = predicted.members.values()
numpy.save(prediction, output.data.data)
print(json.dumps({'status': summary.status, **problems}))
