"""What a web server's log says: requests by status, the slowest pages, and who asked most."""
import re
from collections import Counter, defaultdict
from statistics import mean

log = """10.0.0.1 [28/Nov/2026:10:00:01] GET /index.html 200 12
10.0.0.2 [28/Nov/2026:10:00:02] GET /search?q=a 200 340
10.0.0.1 [28/Nov/2026:10:00:03] POST /login 500 81
10.0.0.3 [28/Nov/2026:10:00:09] GET /search?q=b 200 290
10.0.0.1 [28/Nov/2026:10:00:12] GET /missing 404 3
not a line of the log"""

line = re.compile(r"(?P<client>\S+) \[(?P<time>[^\]]+)\] (?P<method>\w+) (?P<path>\S+) (?P<status>\d+) (?P<took>\d+)")
entries, odd = [], []
for text in log.splitlines():
    found = line.fullmatch(text)
    if found is None:
        odd.append(text)
    else:
        entries.append(found.groupdict())


def count(key):
    return sorted(Counter(entry[key] for entry in entries).items(), key=lambda pair: (-pair[1], pair[0]))


print("by status: ", ", ".join(f"{status}: {number}" for status, number in count("status")))
print("by client: ", list(count("client")[0]))
pages = defaultdict(list)
for entry in entries:
    pages[entry["path"].split("?")[0]].append(int(entry["took"]))
for page, times in sorted(pages.items()):
    print(f"{page:12} {len(times)} requests, {max(times)} ms at most, {float(mean(times))} on average")
print(f"{len(odd)} line is none")
