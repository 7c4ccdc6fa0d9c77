"""A backup: what has changed in a folder since the last one goes into an archive, which is then checked and unpacked."""
import hashlib
import json
import os
import sys
import tempfile
import zipfile
from pathlib import Path


def marks(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def write_atomic(path, text):
    draft = tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False)
    with draft:
        draft.write(text)
        draft.flush()
        os.fsync(draft.fileno())
    os.replace(draft.name, path)


def back_up(folder, archives, number):
    known = archives / "marks.json"
    before = json.loads(known.read_text()) if known.exists() else {}
    now = marks(folder)
    changed = [name for name in now if before.get(name) != now[name]]
    gone = [name for name in before if name not in now]
    with zipfile.ZipFile(archives / f"backup-{number}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in changed:
            archive.write(folder / name, name)
    write_atomic(known, json.dumps(now, indent=2))
    print(f"backup {number}: {len(changed)} changed, {len(gone)} gone")


def restore(archives, folder):
    for path in sorted(archives.glob("backup-*.zip")):
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
    wanted = json.loads((archives / "marks.json").read_text())
    for name in marks(folder):
        if name not in wanted:
            (folder / name).unlink()
    return marks(folder) == wanted


if len(sys.argv) == 3:
    archives = Path(sys.argv[2])
    archives.mkdir(exist_ok=True)
    back_up(Path(sys.argv[1]), archives, len(list(archives.glob("backup-*.zip"))) + 1)
else:
    with tempfile.TemporaryDirectory() as place:
        work, kept = Path(place, "work"), Path(place, "kept")
        (work / "notes").mkdir(parents=True)
        kept.mkdir()
        (work / "notes/a.txt").write_text("first")
        (work / "data.bin").write_bytes(bytes(range(256)))
        back_up(work, kept, 1)
        (work / "notes/a.txt").write_text("changed")
        (work / "b.txt").write_text("new")
        (work / "data.bin").unlink()
        back_up(work, kept, 2)
        with zipfile.ZipFile(kept / "backup-2.zip") as archive:
            print(sorted(archive.namelist()))
        print("restored whole:", restore(kept, Path(place, "again")))
