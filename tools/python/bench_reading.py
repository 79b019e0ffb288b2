"""A process of `stacks:bench`: reads the files of its task with tifffile, and prints the seconds."""
import json
import sys
import time

import tifffile

task = json.loads(sys.argv[1])
seconds = {}
for form, path in task['files'].items():
    tifffile.imread(path)
    seconds[form] = []
    for _ in range(task['repeats']):
        start = time.perf_counter()
        tifffile.imread(path)
        seconds[form].append(time.perf_counter() - start)
print(json.dumps({'version': tifffile.__version__, 'seconds': seconds}))
