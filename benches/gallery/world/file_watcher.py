"""Runs a step for each file that appears in a folder, while something else writes files there."""
import os
import queue
import tempfile
import threading
import time

from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer

changes = queue.Queue()


class Told(FileSystemEventHandler):
    def on_created(self, event):
        changes.put(event.src_path)

    def on_moved(self, event):
        changes.put(event.dest_path)


def write_atomic(path, text):
    draft = tempfile.NamedTemporaryFile("w", dir=os.path.dirname(path), prefix=".draft-", delete=False)
    with draft:
        draft.write(text)
        draft.flush()
        os.fsync(draft.fileno())
    os.replace(draft.name, path)


with tempfile.TemporaryDirectory() as inbox:
    observer = Observer()
    observer.schedule(Told(), inbox)
    observer.start()
    done = []

    def write():
        for name in ["a.txt", "b.txt", "c.txt"]:
            write_atomic(os.path.join(inbox, name), f"text of {name}")
            time.sleep(0.005)

    writer = threading.Thread(target=write)
    writer.start()
    while len(done) < 3:
        path = changes.get()
        name = os.path.basename(path)
        if not name.startswith(".") and name not in done:
            with open(path) as file:
                print(name, len(file.read()))
            done.append(name)
    writer.join()
    observer.stop()
    observer.join()
