"""Follows the links of a site, several pages at once, and says what it found: titles, and links that lead nowhere."""
import re
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

pages = {
    "/": "<title>Home</title><a href='/about'>about</a> <a href='/list?page=1'>list</a>",
    "/about": "<title>About</title><a href='/'>home</a> <a href='/gone'>gone</a>",
    "/list": "<title>List</title><a href='/item/1'>1</a> <a href='/item/2'>2</a>",
    "/item/1": "<title>Item 1</title>",
    "/item/2": "<title>Item 2</title><a href='/about'>about</a>",
}


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        page = pages.get(self.path.split("?")[0])
        self.send_response(200 if page else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write((page or "no such page").encode())

    def log_message(self, *parts):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"


def get(target):
    try:
        with urllib.request.urlopen(base + target) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


seen = {"/"}
titles, broken = [], []
following = ["/"]
with ThreadPoolExecutor() as pool:
    while following:
        answers = list(pool.map(get, following))
        found = []
        for target, (status, text) in zip(following, answers):
            if status != 200:
                broken.append(f"{target}: {status}")
                continue
            titles.append(re.search(r"<title>([^<]*)</title>", text)[1])
            for place in re.findall(r"href='([^']+)'", text):
                if place not in seen:
                    seen.add(place)
                    found.append(place)
        following = found
print(", ".join(sorted(titles)))
print("broken:", ", ".join(broken))
server.shutdown()
