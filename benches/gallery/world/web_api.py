"""A web API over a database: notes that are made, listed, read and removed, and what clients see of mistakes."""
import json
import sqlite3
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

db = sqlite3.connect(":memory:", check_same_thread=False)
db.row_factory = sqlite3.Row
db.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0)")


class HttpError(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def note(number):
    found = db.execute("SELECT id, text, done FROM notes WHERE id = ?", (number,)).fetchone()
    if found is None:
        raise HttpError(404, f"there is no note {number}")
    return {**dict(found), "done": found["done"] == 1}


class Api(BaseHTTPRequestHandler):
    def route(self):
        match self.command, self.path.strip("/").split("/"):
            case "GET", ["notes"]:
                return 200, [dict(row) for row in db.execute("SELECT id, text FROM notes ORDER BY id")]
            case "POST", ["notes"]:
                text = json.loads(self.rfile.read(int(self.headers["Content-Length"]))).get("text")
                if not isinstance(text, str) or not text.strip():
                    raise HttpError(400, "a note has a text")
                made = db.execute("INSERT INTO notes (text) VALUES (?)", (text,))
                db.commit()
                return 201, note(made.lastrowid)
            case "GET", ["notes", number]:
                return 200, note(int(number))
            case "PUT", ["notes", number, "done"]:
                note(int(number))
                db.execute("UPDATE notes SET done = 1 WHERE id = ?", (int(number),))
                db.commit()
                return 200, note(int(number))
            case "DELETE", ["notes", number]:
                note(int(number))
                db.execute("DELETE FROM notes WHERE id = ?", (int(number),))
                db.commit()
                return 204, None
        raise HttpError(404, "Not Found")

    def handle_all(self):
        try:
            status, value = self.route()
            body = b"" if value is None else json.dumps(value).encode()
            kind = "application/json"
        except HttpError as error:
            status, body, kind = error.status, f"{error}\n".encode(), "text/plain; charset=utf-8"
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = handle_all

    def log_message(self, *parts):
        pass


server = HTTPServer(("127.0.0.1", 0), Api)
threading.Thread(target=server.serve_forever, daemon=True).start()


def ask(method, path, value=None):
    data = None if value is None else json.dumps(value).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{server.server_port}{path}", data, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


print(json.loads(ask("POST", "/notes", {"text": "write a server"})[1]))
print(ask("POST", "/notes", {"text": "ask it"})[0], json.loads(ask("PUT", "/notes/1/done")[1]))
print(ask("POST", "/notes", {})[1].strip(), "|", ask("GET", "/notes/9")[0], ask("GET", "/notes/9")[1].strip())
print(ask("DELETE", "/notes/2")[0], json.loads(ask("GET", "/notes")[1]))
server.shutdown()
