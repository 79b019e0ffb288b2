"""Where a training step goes: runs the `train` call of a saved training graph under TensorFlow's own tracing.

Takes one argument, JSON: {"directory", "warmUp", "steps"}; prints one line of JSON: {"stepMs", "operations": [{"op", "count",
"ms"}], "nodes": [{"name", "op", "ms"}], "devices": {"CPU": [OP, ...], "GPU": [OP, ...]}}, times per step, largest first.
Operations overlap, so they sum to more than a step. `devices`: the kinds of operations that ran on each kind of device.
"""

import collections
import json
import os
import statistics
import sys
import time

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

NODES = 60


def main() -> None:
    task = json.loads(sys.argv[1])
    v1 = tf.compat.v1
    threads = int(os.environ.get('TF_NUM_INTRAOP_THREADS', '0'))
    inter = int(os.environ.get('TF_NUM_INTEROP_THREADS', '0'))
    config = v1.ConfigProto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=inter)
    with v1.Session(graph=tf.Graph(), config=config) as session:
        meta = v1.saved_model.load(session, ['serve'], task['directory'])
        call = meta.signature_def['train']
        random = np.random.default_rng(1)
        shape = tuple(side.size for side in call.inputs['images'].tensor_shape.dim)
        given = {
            'images': random.normal(size=shape).astype('f4'),
            'labels': (random.uniform(size=shape) < 0.78).astype('f4'),
            'rate': np.float32(1e-4),
            'step': np.int32(0),
        }
        feeds = {call.inputs[name].name: value for name, value in given.items()}
        fetches = [call.outputs['loss'].name]
        for _ in range(task['warmUp']):
            session.run(fetches, feeds)
        walls, by_op, by_node = [], collections.defaultdict(float), collections.defaultdict(float)
        devices = collections.defaultdict(set)
        counts, op_of = collections.Counter(), {node.name: node.op for node in meta.graph_def.node}
        options = v1.RunOptions(trace_level=v1.RunOptions.FULL_TRACE)
        for step in range(task['steps']):
            before = time.perf_counter()
            session.run(fetches, feeds)
            walls.append(1000 * (time.perf_counter() - before))
            metadata = v1.RunMetadata()
            session.run(fetches, feeds, options=options, run_metadata=metadata)
            for device in metadata.step_stats.dev_stats:
                # A GPU's streams repeat what its device lists.
                if 'stream' in device.device:
                    continue
                for stats in device.node_stats:
                    label = stats.timeline_label
                    op = label.split(' = ', 1)[1].split('(', 1)[0] if ' = ' in label else op_of.get(stats.node_name, '?')
                    ms = (stats.op_end_rel_micros - stats.op_start_rel_micros) / 1000
                    devices['GPU' if 'GPU' in device.device else 'CPU'].add(op)
                    by_op[op] += ms / task['steps']
                    by_node[(stats.node_name, op)] += ms / task['steps']
                    counts[op] += step == 0
    largest = sorted(by_node.items(), key=lambda item: -item[1])[:NODES]
    print(json.dumps({
        'stepMs': statistics.median(walls),
        'operations': [{'op': op, 'count': counts[op], 'ms': round(ms, 3)}
                       for op, ms in sorted(by_op.items(), key=lambda item: -item[1])],
        'nodes': [{'name': name, 'op': op, 'ms': round(ms, 3)} for (name, op), ms in largest],
        'devices': {kind: sorted(ops) for kind, ops in devices.items()},
    }))


main()
