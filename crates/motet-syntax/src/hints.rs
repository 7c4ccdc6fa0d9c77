//! Hints in the notation of the program that they are about. They are written with code of `.soc`; for a program in `.gene`,
//! each piece of code that reads as `.soc` is written as `.gene`. What does not read so stays as it is.

use crate::form::{Entry, Form, FormKind, Node, Prop};
use crate::operator;
use crate::{parse_soc, print_gene};

/// Stands for `…` while a piece of code is read.
const GAP: &str = "gap__";

/// What stands before the signature of a function.
const CALLED_AS: &str = "it is called as ";

/// A hint for a program in `.gene`.
pub fn in_gene(hint: &str) -> String {
    if let Some((before, signature)) = hint.split_once(CALLED_AS) {
        if signature.starts_with('(') {
            return hint.to_owned();
        }
        if let Some(signature) = signature_in_gene(signature) {
            return format!("{}{CALLED_AS}{signature}", in_gene(before));
        }
    }
    let mut text = String::with_capacity(hint.len());
    let mut rest = hint;
    while let Some(c) = rest.chars().next() {
        if c == '`'
            && let Some(end) = rest[1..].find('`')
        {
            let code = &rest[1..=end];
            text.push('`');
            text.push_str(&translated(code).unwrap_or_else(|| code.to_owned()));
            text.push('`');
            rest = &rest[end + 2..];
            continue;
        }
        let begins_word = !text.ends_with(|before: char| before.is_alphanumeric() || matches!(before, '_' | '.' | '`'));
        let length = if begins_word { code_length(rest) } else { 0 };
        match translated(&rest[..length]).filter(|_| length > 0) {
            Some(code) => {
                text.push_str(&code);
                rest = &rest[length..];
            }
            None => {
                text.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    text
}

/// `f(a, b = 1, ...rest, c: 2)` as `(f a b = 1 rest... ^c = 2)`.
pub fn signature_in_gene(signature: &str) -> Option<String> {
    let (name, rest) = signature.split_once('(')?;
    let parameters = rest.strip_suffix(')')?;
    let mut text = format!("({name}");
    let (mut depth, mut start) = (0usize, 0);
    let ends = parameters.char_indices().filter(|(_, c)| {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        *c == ',' && depth == 0
    });
    let ends: Vec<usize> = ends.map(|(at, _)| at).chain([parameters.len()]).collect();
    for end in ends {
        let parameter = parameters[start..end].trim();
        start = (end + 1).min(parameters.len());
        text.push_str(if parameter.is_empty() { "" } else { " " });
        match (parameter.strip_prefix("..."), parameter.split_once(": ")) {
            (Some(rest), _) => text.push_str(&format!("{rest}...")),
            (None, Some((key, default))) => text.push_str(&format!("^{key} = {}", default.replace("null", "nil"))),
            (None, None) if parameter.ends_with(':') => text.push_str(&format!("^{}", parameter.trim_end_matches(':'))),
            (None, None) => text.push_str(&parameter.replace("null", "nil")),
        }
    }
    text.push(')');
    Some(text)
}

/// How long a piece of code is that stands between words without backquotes: a call, a list or record with a spread, a string
/// with an interpolation. 0 if none begins here.
fn code_length(text: &str) -> usize {
    let first = text.chars().next().unwrap_or(' ');
    match first {
        '\'' | '"' => match text[1..].find(first) {
            Some(end) if text[..end + 2].contains("${") => end + 2,
            _ => 0,
        },
        '[' | '{' => bracketed(text).filter(|&length| text[..length].contains("...")).unwrap_or(0),
        _ if first.is_alphabetic() => call_length(text),
        _ => 0,
    }
}

/// The length of `name.name(…)`, at least one call in it.
fn call_length(text: &str) -> usize {
    let (mut at, mut length) = (0, 0);
    loop {
        let rest = &text[at..];
        let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        if word == 0 {
            return length;
        }
        at += word;
        while let Some(inner) = bracketed(&text[at..]) {
            at += inner;
            length = at;
        }
        match text[at..].strip_prefix('.') {
            Some(after) if after.starts_with(|c: char| c.is_alphabetic()) => at += 1,
            _ => return length,
        }
    }
}

/// The length of what the bracket at the start of a text encloses, the brackets included.
fn bracketed(text: &str) -> Option<usize> {
    if !text.starts_with(['(', '[', '{']) {
        return None;
    }
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

/// A piece of code of `.soc` as `.gene`; none if it is none, or the same in both.
fn translated(code: &str) -> Option<String> {
    // An arm of `match`.
    if let Some(result) = code.strip_prefix("_ => ") {
        return Some(format!("(_ {result})"));
    }
    if let Some(option) = option_in_gene(code) {
        return Some(option);
    }
    let is_lambda = code.contains("=>");
    let calls = code.char_indices().any(|(at, c)| {
        matches!(c, '(' | '[')
            && code[..at].ends_with(|before: char| before.is_alphanumeric() || matches!(before, '_' | ')'))
    });
    let defines = ["let ", "mut ", "if ", "while ", "for ", "loop ", "do ", "await ", "throw ", "try ", "async "]
        .iter()
        .any(|word| code.starts_with(word));
    let spreads = code.starts_with(['[', '{']) && code.contains("...");
    let interpolates = code.starts_with(['"', '\'']) && code.contains("${");
    let assigns = code.contains(" = ") || code.contains(" += ");
    let means_code = is_lambda || calls || defines || spreads || interpolates || assigns;
    if code.starts_with('(') && !is_lambda || !(means_code || code.contains(' ')) {
        return None;
    }
    // A gap in a string is text, one elsewhere a name.
    let text = if interpolates { code.to_owned() } else { code.replace('…', GAP) };
    let parsed = parse_soc(&text);
    match &parsed.forms[..] {
        [form] if parsed.errors.is_empty() && (means_code || is_operation(form)) => {
            Some(print_gene(&as_written(form)).replace(GAP, "…"))
        }
        _ => None,
    }
}

/// `a + b`
fn is_operation(form: &Form) -> bool {
    form.as_node().is_some_and(|node| {
        node.children.len() == 2
            && node.head.as_symbol().is_some_and(|head| operator::by_name(head).is_some() || head == "is")
    })
}

/// `args: {n: n}` as `^args {^n n}`.
fn option_in_gene(code: &str) -> Option<String> {
    let (name, _) = code.split_once(": ")?;
    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let call = translated(&format!("f({code})"))?;
    call.strip_prefix("(f ")?.strip_suffix(')').map(str::to_owned)
}

/// A form as people write it in `.gene`: operators between operands, methods behind a point, no block where a body stands.
fn as_written(form: &Form) -> Form {
    let kind = match &form.kind {
        FormKind::List(items) => FormKind::List(spread(items)),
        FormKind::Record(entries) => FormKind::Record(
            entries
                .iter()
                .map(|entry| match entry {
                    Entry::Named { name, name_span, value } => {
                        Entry::Named { name: name.clone(), name_span: *name_span, value: as_written(value) }
                    }
                    Entry::Computed { key, value } => {
                        Entry::Computed { key: as_written(key), value: as_written(value) }
                    }
                    Entry::Spread(record) => Entry::Spread(as_written(record)),
                })
                .collect(),
        ),
        FormKind::Node(node) => FormKind::Node(Box::new(node_as_written(node))),
        other => other.clone(),
    };
    Form::new(kind, form.span)
}

/// Elements or arguments: `xs...` for `(@spread xs)`.
fn spread(items: &[Form]) -> Vec<Form> {
    let spread_name = |item: &Form| {
        let node = item.as_node().filter(|node| node.head.is_symbol("@spread"))?;
        Some(format!("{}...", node.children.first()?.as_symbol()?))
    };
    items
        .iter()
        .map(|item| match spread_name(item) {
            Some(name) => Form::symbol(name, item.span),
            None => as_written(item),
        })
        .collect()
}

fn node_as_written(node: &Node) -> Node {
    let props = node.props.iter().map(|prop| Prop { value: as_written(&prop.value), ..prop.clone() }).collect();
    let head = node.head.as_symbol().unwrap_or("");
    match &node.children[..] {
        [receiver, name, arguments @ ..] if head == "@method" && name.as_symbol().is_some() => {
            let name = Form::symbol(format!(".{}", name.as_symbol().unwrap_or_default()), name.span);
            let children = std::iter::once(name).chain(spread(arguments)).collect();
            Node { head: as_written(receiver), props, children }
        }
        [left, right] if operator::by_name(head).is_some() || head == "is" => {
            Node { head: as_written(left), props, children: vec![node.head.clone(), as_written(right)] }
        }
        children => {
            let mut written = Vec::with_capacity(children.len());
            for (at, child) in spread(children).into_iter().enumerate() {
                match child.as_node() {
                    // A block behind a condition is a body.
                    Some(block) if head == "if" && at > 0 && block.head.is_symbol("do") => {
                        if at == 1 {
                            written.push(Form::symbol("then", child.span));
                        }
                        written.extend(block.children.iter().cloned());
                    }
                    _ => written.push(child),
                }
            }
            Node { head: as_written(&node.head), props, children: written }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::in_gene;

    #[test]
    fn code_of_soc_is_written_as_gene() {
        for (hint, expected) in [
            ("to repeat it, write sequence.repeat(count)", "to repeat it, write (sequence .repeat count)"),
            ("write '…${value}…' or str(value)", "write #\"…#{value}…\" or (str value)"),
            ("write [...a, ...b], concat(a, b) or a.extend(b)", "write [a... b...], (concat a b) or (a .extend b)"),
            ("add numbers: zip_with((x, y) => x + y, a, b)", "add numbers: (zip_with (fn [x y] (x + y)) a b)"),
            ("test it: `if (x != null) { x.field = … }`", "test it: `(if (x != nil) then (x/field = …))`"),
            ("share it: `let m = signal(…)`", "share it: `(let m (signal …))`"),
            ("say what to compare: sort(xs, by: x => …)", "say what to compare: (sort ^by (fn [x] …) xs)"),
            ("an arm `_ => …` takes the rest", "an arm `(_ …)` takes the rest"),
            ("`for (x in xs) { … }`", "`(for x in xs …)`"),
            ("integer division is `a ~/ b`; it is `x in xs`", "integer division is `(a // b)`; it is `(x in xs)`"),
            ("a kind is asked for by `x is Int`", "a kind is asked for by `(x is Int)`"),
            ("wait for its result: `await f`", "wait for its result: `(await f)`"),
            ("pass its value as `args: {n: n}`", "pass its value as `^args {^n n}`"),
            ("it is called as f(a, b = [1, 2], ...rest, c: null)", "it is called as (f a b = [1, 2] rest... ^c = nil)"),
        ] {
            assert_eq!(in_gene(hint), expected);
        }
    }

    #[test]
    fn what_is_no_code_of_soc_stays() {
        for hint in [
            "a path is `p/x`, `xs/0`, `m/<key>` or `p/.method`; a division has blanks: `(a / b)`",
            "write `(fn [a b] (a + b))`",
            "an entry of a record is `^name value`",
            "the value is null; `?.` reads a field only if it is not",
            "did you mean `length`?",
            "it is empty (or was)",
        ] {
            assert_eq!(in_gene(hint), hint);
        }
    }
}
