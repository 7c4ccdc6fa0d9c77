"""A key-value store in a file: each change is a line at its end, and what is in the file is read at the start."""
import json
import os
import tempfile


class Store:
    def __init__(self, file):
        self.file = file
        self.values = {}
        if os.path.exists(file):
            with open(file) as changes:
                for line in changes:
                    self.note(json.loads(line))

    def note(self, change):
        if "value" in change:
            self.values[change["key"]] = change["value"]
        else:
            self.values.pop(change["key"], None)

    def write(self, change):
        with open(self.file, "a") as file:
            file.write(json.dumps(change) + "\n")
        self.note(change)

    def get(self, key):
        return self.values.get(key)

    def set(self, key, value):
        self.write({"key": key, "value": value})

    def remove(self, key):
        self.write({"key": key})

    # Writes what is there now in place of all changes.
    def compact(self):
        draft = tempfile.NamedTemporaryFile("w", dir=os.path.dirname(self.file), delete=False)
        with draft:
            for key, value in self.values.items():
                draft.write(json.dumps({"key": key, "value": value}) + "\n")
            draft.flush()
            os.fsync(draft.fileno())
        os.replace(draft.name, self.file)


def count_lines(file):
    with open(file) as lines:
        return sum(1 for _ in lines)


with tempfile.TemporaryDirectory() as folder:
    file = os.path.join(folder, "store.jsonl")
    store = Store(file)
    store.set("colour", "red")
    store.set("size", {"width": 3, "height": 4})
    store.set("colour", "blue")
    store.remove("size")
    print(store.get("colour"), store.get("size"), count_lines(file))
    store.compact()
    again = Store(file)
    print(again.values, count_lines(file))
