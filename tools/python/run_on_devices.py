"""Runs calls of saved models in sessions of several CPU devices, which TensorFlow's Node binding cannot open.

standard input   {"devices": 2, "graphs": [FOLDER, ...], "calls": [{"feeds": {TENSOR: {"shape", "data"}}, "fetches": [TENSOR]}]}
standard output  one object per graph: {"results": [{TENSOR: values}, ...], "convolutions": {DEVICE: how many ran there}}

All calls are made of each graph, in order; data and values are float32 in row-major order, of step numbers int32.
"""

import json
import os
import sys
from collections import Counter

os.environ['CUDA_VISIBLE_DEVICES'] = '-1'
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')

import numpy as np  # noqa: E402
import tensorflow.compat.v1 as tf  # noqa: E402


def run(folder: str, devices: int, calls: list) -> dict:
    """What the calls of the saved model in `folder` fetch."""
    with tf.Graph().as_default(), tf.Session(config=tf.ConfigProto(device_count={'CPU': devices})) as session:
        tf.saved_model.loader.load(session, ['serve'], folder)
        ran, results = Counter(), []
        for call in calls:
            feeds = {
                name: np.array(fed['data'], session.graph.get_tensor_by_name(name).dtype.as_numpy_dtype).reshape(fed['shape'])
                for name, fed in call['feeds'].items()
            }
            seen = tf.RunMetadata()
            fetched = session.run(call['fetches'], feeds, tf.RunOptions(output_partition_graphs=True), seen)
            for part in seen.partition_graphs:
                ran.update(node.device[node.device.index('/device:'):] for node in part.node if 'Conv2D' in node.op)
            results.append({name: value.ravel().tolist() for name, value in zip(call['fetches'], fetched, strict=True)})
    return {'results': results, 'convolutions': ran}


def main() -> None:
    task = json.load(sys.stdin)
    json.dump([run(folder, task['devices'], task['calls']) for folder in task['graphs']], sys.stdout)


if __name__ == '__main__':
    main()
