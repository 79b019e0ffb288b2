"""Times scikit-image's scores of segmentations, for `nx run trainer:bench-metrics`.

Takes one argument, JSON: {"file", "width", "height", "rounds"}; the file holds int32 label images, axes section, (truth,
prediction), y, x. Prints one line of JSON: {"adaptedRandErrorMs": [...], "variationOfInformationMs": [...], "version"},
one time per section and round.
"""

import json
import sys
import time

import numpy as np
import skimage
from skimage.metrics import adapted_rand_error, variation_of_information


def main() -> None:
    task = json.loads(sys.argv[1])
    pairs = np.fromfile(task['file'], np.int32).reshape(-1, 2, task['height'], task['width'])
    times = {'adaptedRandErrorMs': [], 'variationOfInformationMs': []}
    scores = {
        'adaptedRandErrorMs': lambda truth, prediction: adapted_rand_error(truth, prediction),
        # Without it the border of the truth would be a segment too.
        'variationOfInformationMs': lambda truth, prediction: variation_of_information(truth, prediction, ignore_labels=(0,)),
    }
    for score in scores.values():
        score(*pairs[0])
    for _ in range(task['rounds']):
        for truth, prediction in pairs:
            for name, score in scores.items():
                before = time.perf_counter()
                score(truth, prediction)
                times[name].append(1000 * (time.perf_counter() - before))
    print(json.dumps({**times, 'version': f'scikit-image {skimage.__version__}'}))


main()
