//! Modules that other languages import for what needs no import here.

/// The names of modules, sorted, and what to write without one. The code in it is `.soc`.
const MODULES: &[(&str, &str)] = &[
    ("aiohttp", "no import is needed: `http.get(url)`"),
    ("argparse", "no import is needed: `cli.parse(args, description)`"),
    ("axios", "no import is needed: `http.get(url)`, `http.post(url, json: x)`"),
    ("base64", "no import is needed: `base64.encode(data)`"),
    ("collections", "no import is needed: `dict()`, `set([1])`, `deque()`, `count_by(xs)`"),
    ("csv", "no import is needed: `csv.parse(text)`"),
    ("datetime", "no import is needed: `date(2024, 1, 31)`, `today()`, `now()`"),
    ("decimal", "no import is needed: `decimal(\"0.10\")`"),
    ("difflib", "no import is needed: `textdiff.unified(old, new)`"),
    ("express", "no import is needed: `http.serve({\"/\": request => \"hello\"})`"),
    ("fastapi", "no import is needed: `http.serve({\"/\": request => \"hello\"})`"),
    ("flask", "no import is needed: `http.serve({\"/\": request => \"hello\"})`"),
    ("fs", "no import is needed: `read_file(path)`, `write_file(path, text)`"),
    ("functools", "no import is needed: `reduce(f, xs)`"),
    ("glob", "no import is needed: `files.glob(\"*.txt\")`"),
    ("gzip", "no import is needed: `gzip.compress(data)`"),
    ("hashlib", "no import is needed: `hashes.sha256(data)`"),
    ("http", "no import is needed: `http.get(url)`, `http.serve(routes)`"),
    ("io", "no import is needed: `open_file(path)`, `read_line()`"),
    ("itertools", "no import is needed: `zip(a, b)`, `combinations(xs, 2)`"),
    ("jinja2", "no import is needed: `templates.render(text, data)`"),
    ("json", "no import is needed: `json.parse(text)`, `json.stringify(x)`"),
    ("math", "no import is needed: `math.sqrt(2)`, `sqrt(2)`, `pi`"),
    ("matplotlib", "no import is needed: `figures.plot(x, y)`"),
    ("multiprocessing", "no import is needed: `spawn(f())`, `parallel_map(f, xs)`"),
    ("np", "no import is needed: `tensor([1, 2])`, `zeros(3)`, `mean(xs)`, `linalg.solve(a, b)`"),
    ("numpy", "no import is needed: `tensor([1, 2])`, `zeros(3)`, `mean(xs)`, `linalg.solve(a, b)`"),
    ("os", "no import is needed: `args`, `env`, `list_dir(path)`, `run_process(program)`"),
    ("pandas", "no import is needed: `table(rows)`, `tables.read_csv(path)`"),
    ("path", "no import is needed: `path.join(a, b)`"),
    ("pathlib", "no import is needed: `path.join(a, b)`"),
    ("pd", "no import is needed: `table(rows)`, `tables.read_csv(path)`"),
    ("polars", "no import is needed: `table(rows)`, `tables.read_csv(path)`"),
    ("random", "no import is needed: `random()`, `random_int(1, 7)`, `shuffle(xs)`"),
    ("re", "no import is needed: a pattern is `regex(r\"[0-9]+\")`"),
    ("requests", "no import is needed: `http.get(url)`, `http.post(url, json: x)`"),
    ("scipy", "no import is needed: `tensor([1, 2])`, `fft.fft(t)`, `special.gamma(5)`"),
    ("shutil", "no import is needed: `files.copy(a, b)`, `files.move(a, b)`, `files.remove(path, all: true)`"),
    ("socket", "no import is needed: `net.connect(host, port)`, `net.listen(port)`"),
    ("sqlite3", "no import is needed: `sqlite.open(path)`"),
    ("statistics", "no import is needed: `mean(xs)`, `median(xs)`, `std(xs)`"),
    ("stats", "no import is needed: `statistics.t_test(a, b)`, `mean(xs)`, `std(xs)`"),
    ("struct", "no import is needed: `binary.pack(\"<IH\", 1, 2)`"),
    ("subprocess", "no import is needed: `run_process(program)`"),
    ("sys", "no import is needed: `args`, `env`, `exit(code)`"),
    ("tempfile", "no import is needed: `files.temp_dir()`, `files.temp_file()`"),
    ("threading", "no import is needed: `spawn(f())`, `mutex(0)`"),
    ("time", "no import is needed: `now()`, `sleep(ms)`"),
    ("urllib", "no import is needed: `http.get(url)`"),
    ("uuid", "no import is needed: `uuid.v4()`"),
    ("websockets", "no import is needed: `websocket.connect(url)`"),
    ("ws", "no import is needed: `websocket.connect(url)`"),
    ("yaml", "no import is needed: `yaml.parse(text)`"),
    ("zipfile", "no import is needed: `archives.extract(path, folder)`"),
];

/// What to write instead of importing a module of another language.
pub fn foreign_module(name: &str) -> Option<&'static str> {
    MODULES.binary_search_by_key(&name, |entry| entry.0).ok().map(|at| MODULES[at].1)
}

/// All modules of other languages with what to write.
pub fn foreign_modules() -> impl Iterator<Item = (&'static str, &'static str)> {
    MODULES.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::MODULES;

    #[test]
    fn modules_are_sorted() {
        assert!(MODULES.is_sorted());
    }
}
