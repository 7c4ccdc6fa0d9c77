"""A report from a table: sales by region and month, the best of each, and what is missing."""
import csv
import io
from collections import defaultdict

data = "region,month,amount\nNorth,2026-01,120.50\nSouth,2026-01,80\nNorth,2026-02,99.5\nEast,2026-02,\nSouth,2026-02,210.25\nNorth,2026-02,10\n"

by_region = defaultdict(list)
without = []
for row in csv.DictReader(io.StringIO(data)):
    if row["amount"] == "":
        without.append(row["region"])
    else:
        by_region[row["region"]].append(float(row["amount"]))
print(f"{'region':8}{'sales':>6}{'total':>10}{'best':>9}")
for region, amounts in sorted(by_region.items()):
    print(f"{region:8}{len(amounts):>6}{sum(amounts):>10.2f}{max(amounts):>9.2f}")
print(f"without an amount: {', '.join(without)}")
