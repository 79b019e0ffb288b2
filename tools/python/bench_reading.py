"""A process of `stacks:bench`: reads the files of its task with tifffile, and prints the seconds."""
import json
import sys
import time

import tifffile

task = json.loads(sys.argv[1])
seconds = {}
for form, file in task['files'].items():
    path = file['path']
    first = tifffile.imread(path)
    out = first if file['keep'] else None
    seconds[form] = []
    begin = time.perf_counter()
    while len(seconds[form]) < task['least'] or time.perf_counter() - begin < task['duration']:
        start = time.perf_counter()
        tifffile.imread(path, out=out)
        seconds[form].append(time.perf_counter() - start)
print(json.dumps({'version': tifffile.__version__, 'seconds': seconds}))
