"""What benches/world/run has CPython do: `world.py NAME FILE` prints the least time of some turns, in milliseconds."""

import json
import re
import sys
import time

name, path = sys.argv[1:]
with open(path, encoding="utf-8", newline="") as file:
    text = file.read()


def least(work, turns=5):
    times = []
    for _ in range(turns):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times) * 1000


if name == "json_parse":
    print(least(lambda: json.loads(text)))
elif name == "json_stringify":
    value = json.loads(text)
    print(least(lambda: json.dumps(value, ensure_ascii=False, separators=(",", ":"))))
elif name == "table_read":
    import pandas

    print(least(lambda: pandas.read_csv(path)))
elif name == "table_write":
    import pandas

    table = pandas.read_csv(path)
    print(least(lambda: table.to_csv(index=False), turns=2))
elif name == "table_group":
    import pandas

    table = pandas.read_csv(path)
    print(least(lambda: table.groupby("group")["value"].mean()))
elif name == "regex":
    pattern = re.compile(r"/item/\d+ (?:404|500)")
    print(least(lambda: pattern.findall(text)))
