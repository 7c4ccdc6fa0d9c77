//! What Tab offers: names, fields and methods, keyword arguments, commands and files.

use super::editor::PromptHelper;
use super::entries::COMMANDS;
use super::pieces::{Request, call};
use motet_syntax::{Notation, SyntaxKind, parse};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

/// How long the other thread may take to say which fields there are: it may be running something.
const PATIENCE: Duration = Duration::from_millis(200);

const WORDS: &[&str] = &[
    "and", "async", "await", "bench", "break", "catch", "class", "continue", "do", "else", "enum", "export", "false",
    "finally", "fn", "for", "if", "import", "in", "is", "let", "loop", "match", "mut", "not", "null", "or", "return",
    "self", "super", "test", "throw", "true", "try", "while", "yield",
];

/// Where the word before the cursor begins, and what it may become.
pub fn complete(helper: &PromptHelper, line: &str, at: usize) -> (usize, Vec<String>) {
    let before = &line[..at];
    if let Some(command) = before.strip_prefix(':') {
        return match command.split_once(' ') {
            None => (0, commands(before)),
            Some(("load" | "save" | "l", path)) => files(path, at),
            Some((_, rest)) => code(helper, rest, at, &[]),
        };
    }
    match open_string(before) {
        Some(start) => files(&before[start..], at),
        None => code(helper, before, at, &own_names(line, at, helper.notation)),
    }
}

/// The names that an entry itself mentions: its parameters and local variables are among them. The one at the cursor is just
/// being typed.
fn own_names(entry: &str, cursor: usize, notation: Notation) -> Vec<String> {
    let mut names = Vec::new();
    let mut start = 0;
    for token in parse(entry, notation).tree.tokens() {
        let (text, from) = (token.text(), start);
        start += text.len();
        let is_name = matches!(token.kind(), SyntaxKind::Name | SyntaxKind::Atom)
            && text.starts_with(|first: char| first.is_alphabetic() || first == '_');
        if is_name && !(from..=start).contains(&cursor) {
            names.push(text.to_owned());
        }
    }
    names
}

fn commands(word: &str) -> Vec<String> {
    let all = COMMANDS.iter().flat_map(|(usage, _)| usage.split(", ")).filter_map(|usage| usage.split(' ').next());
    all.filter(|command| command.starts_with(word)).map(str::to_owned).collect()
}

/// Where the text of a string that is open at the end begins.
fn open_string(text: &str) -> Option<usize> {
    let mut open: Option<(char, usize)> = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match open {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some((quote, _)) if c == quote || c == '\n' => open = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => open = Some((c, at + 1)),
            None => {}
        }
    }
    open.map(|(_, start)| start)
}

fn files(path: &str, at: usize) -> (usize, Vec<String>) {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let shown = match folder {
        "" if path.starts_with('/') => Path::new("/"),
        "" => Path::new("."),
        folder => Path::new(folder),
    };
    let mut found: Vec<String> = match std::fs::read_dir(shown) {
        Ok(entries) => entries
            .flatten()
            .filter_map(|entry| {
                let is_folder = entry.path().is_dir();
                let text = entry.file_name().to_string_lossy().into_owned();
                let hidden = text.starts_with('.') && !name.starts_with('.');
                (text.starts_with(name) && !hidden).then(|| if is_folder { format!("{text}/") } else { text })
            })
            .collect(),
        // A folder that is not there has no files.
        Err(_) => Vec::new(),
    };
    found.sort();
    (at - name.len(), found)
}

fn code(helper: &PromptHelper, before: &str, at: usize, own: &[String]) -> (usize, Vec<String>) {
    let in_gene = helper.notation == Notation::Gene;
    let is_part =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '$') || in_gene && matches!(c, '-' | '?' | '!' | '*');
    let start =
        before.rfind(|c| !is_part(c)).map_or(0, |last| last + before[last..].chars().next().map_or(1, char::len_utf8));
    let word = &before[start..];
    let rest = &before[..start];
    let separator = if helper.notation == Notation::Gene { '/' } else { '.' };
    let receiver = rest.strip_suffix(separator).or_else(|| rest.strip_suffix("?."));
    let mut found: Vec<String> = match receiver {
        Some(receiver) => {
            let path = path_before(receiver, separator);
            if path.is_empty() { Vec::new() } else { ask(helper, |answer| Request::Members(path, answer)) }
        }
        None => {
            let called = called(rest, helper.notation);
            let keywords = called.map_or(Vec::new(), |name| ask(helper, |answer| Request::Parameters(name, answer)));
            let has_mark = rest.ends_with('^');
            let keywords = keywords.into_iter().map(|keyword| match (in_gene, has_mark) {
                (false, _) => format!("{keyword}: "),
                (true, false) => format!("^{keyword} "),
                (true, true) => format!("{keyword} "),
            });
            let words = WORDS.iter().filter(|_| helper.notation == Notation::Soc).map(|word| (*word).to_owned());
            keywords.chain(helper.names.iter().chain(own).cloned()).chain(words).collect()
        }
    };
    found.retain(|name| name.starts_with(word));
    found.sort();
    found.dedup();
    (at - word.len(), found)
}

/// The names that end a text, with separators between them.
fn path_before(text: &str, separator: char) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$') || c == separator;
    let start =
        text.rfind(|c| !is_part(c)).map_or(0, |last| last + text[last..].chars().next().map_or(1, char::len_utf8));
    let path: Vec<String> = text[start..].split(separator).map(str::to_owned).collect();
    if path.iter().any(String::is_empty) { Vec::new() } else { path }
}

/// The function whose arguments the text ends in: the name before the last parenthesis that is open, in `.gene` behind it.
fn called(text: &str, notation: Notation) -> Option<String> {
    let mut closed = 0;
    let open = text.char_indices().rev().find(|(_, c)| {
        match c {
            ')' => closed += 1,
            '(' if closed > 0 => closed -= 1,
            '(' => return true,
            _ => {}
        }
        false
    });
    let (at, _) = open?;
    match notation {
        Notation::Soc => path_before(&text[..at], '.').pop(),
        Notation::Gene => {
            let name = text[at + 1..].split([' ', '(', '[', '"']).next()?;
            (!name.is_empty()).then(|| name.to_owned())
        }
    }
}

/// Asks the other thread, unless it is busy for too long.
fn ask(helper: &PromptHelper, request: impl FnOnce(mpsc::Sender<Vec<String>>) -> Request) -> Vec<String> {
    let Some((requests, reached)) = &helper.ask else { return Vec::new() };
    let (answer, answered) = mpsc::channel();
    if requests.send(request(answer)).is_err() {
        return Vec::new();
    }
    call(reached);
    answered.recv_timeout(PATIENCE).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(line: &str) -> Vec<String> {
        let names = ["print", "println", "parallel_map"].map(String::from).to_vec();
        let helper = PromptHelper { notation: Notation::Soc, names, ask: None };
        complete(&helper, line, line.len()).1
    }

    #[test]
    fn the_word_before_the_cursor_is_completed() {
        assert_eq!(offered("let x = pri"), ["print", "println"]);
        assert_eq!(offered("wh"), ["while"]);
        assert_eq!(offered(":lo"), [":load"]);
        assert_eq!(offered("f(\"no such folder/"), Vec::<String>::new());
        assert_eq!(offered("é + pa"), ["parallel_map"]);
    }

    #[test]
    fn names_of_the_entry_are_completed() {
        assert_eq!(offered("fn area(width, height) {\n  let product = width * hei"), ["height"]);
        assert_eq!(offered("fn area(width) {\n  let product = 1\n  pro"), ["product"]);
        // The word itself is none.
        assert_eq!(offered("let value = 1; valuex"), Vec::<String>::new());
        let helper = PromptHelper { notation: Notation::Gene, names: vec!["even?".into()], ask: None };
        let offered = |line: &str| complete(&helper, line, line.len()).1;
        assert_eq!(offered("(fn f [first-part] (first-"), ["first-part"]);
        assert_eq!(offered("(ev"), ["even?"]);
    }

    #[test]
    fn the_text_of_an_open_string_is_found() {
        assert_eq!(open_string("f(\"a"), Some(3));
        assert_eq!(open_string("f(\"a\") + 'b\\'c"), Some(10));
        assert_eq!(open_string("f(\"a\")"), None);
    }

    #[test]
    fn the_called_function_is_found() {
        assert_eq!(called("f(g(1), ", Notation::Soc).as_deref(), Some("f"));
        assert_eq!(called("xs.sort(by", Notation::Soc).as_deref(), Some("sort"));
        assert_eq!(called("1 + ", Notation::Soc).as_deref(), None);
        assert_eq!(called("(let x (sort (list 1) ^", Notation::Gene).as_deref(), Some("sort"));
        assert_eq!(called("(", Notation::Gene).as_deref(), None);
    }
}
