"""Turns a list of orders into totals by customer, as a shop's export is turned into what a report reads."""
import json
from itertools import groupby

orders = json.loads(
    '[{"id": 1, "customer": {"name": "Ada"}, "lines": [{"price": 2.5, "count": 2}, {"price": 10, "count": 1}]}, {"id": 2, "customer": {"name": "Bob"}, "lines": []}, {"id": 3, "customer": {"name": "Ada"}, "lines": [{"price": 1, "count": 3}]}]'
)


def total(order):
    return sum(line["price"] * line["count"] for line in order["lines"])


def name(order):
    return order["customer"]["name"]


report = []
for customer, own in groupby(sorted(orders, key=name), key=name):
    own = list(own)
    report.append({"customer": customer, "orders": [order["id"] for order in own], "total": sum(map(total, own))})
print(json.dumps(sorted(report, key=lambda entry: -entry["total"]), indent=2))
