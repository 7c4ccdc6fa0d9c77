//! Hints for the words of other languages: what they tell to write exists.

use motet_compiler::foreign_hints;
use motet_syntax::form::{Entry, Form, FormKind};
use motet_syntax::{parse_gene, parse_soc};

/// Words of the language, and names that stand for those of a program.
const WORDS: &str = "data description routes old let var mut fn if then else elif when case match try catch throw finally for in while loop repeat do \
    class new ctor method field enum type import from as export return break continue yield async await test scope spawn \
    spawn_return rec is not and or nil null true false self args macro op ValueError text path index keys values name rest \
    program body code unquote url key rows day stdout message kind trace value row price other server \
    listener socket host sql types status gap__";

/// The pieces of code in a hint.
fn pieces(hint: &str) -> Vec<String> {
    hint.split('`').skip(1).step_by(2).map(|code| code.replace('…', "gap__")).collect()
}

/// The names in a form.
fn names(form: &Form, found: &mut Vec<String>) {
    found.extend(form.as_symbol().map(str::to_owned));
    match &form.kind {
        FormKind::List(items) => items.iter().for_each(|item| names(item, found)),
        FormKind::Record(entries) => {
            for entry in entries {
                match entry {
                    Entry::Named { value, .. } | Entry::Spread(value) => names(value, found),
                    Entry::Computed { key, value } => [key, value].into_iter().for_each(|form| names(form, found)),
                }
            }
        }
        FormKind::Node(node) => {
            names(&node.head, found);
            node.props.iter().for_each(|prop| names(&prop.value, found));
            node.children.iter().for_each(|child| names(child, found));
        }
        _ => {}
    }
}

#[test]
fn hints_name_what_exists() {
    let builtins = motet::natives::builtins();
    let of_modules = builtins.modules().flat_map(|module| module.entries);
    let exports = builtins.modules().flat_map(|module| module.exports()).map(|export| export.name);
    let methods: Vec<&str> =
        builtins.entries().chain(of_modules).map(|entry| entry.native.name).chain(exports).collect();
    let is_known = |name: &str| {
        let plain = name.trim_start_matches(['.', '/']).trim_end_matches("...").trim_end_matches(':');
        // Operators, the heads of core forms, and names of one or two letters, which are those of a program.
        !plain.starts_with(char::is_alphabetic)
            || plain.chars().count() <= 2
            || WORDS.split_whitespace().any(|word| word == plain)
            || builtins.is_extern(plain)
            || methods.contains(&plain)
            || plain
                .split(['.', '/'])
                .all(|part| builtins.is_extern(part) || methods.contains(&part) || part.len() <= 2)
    };
    let (mut unknown, mut count) = (Vec::new(), 0);
    let members = builtins.all_elsewhere().chain(motet_syntax::foreign_modules());
    for (word, gene, hint) in foreign_hints().chain(members.map(|(word, hint)| (word, false, hint))) {
        for code in pieces(hint) {
            let parsed = if gene { parse_gene(&code) } else { parse_soc(&code) };
            if !parsed.errors.is_empty() {
                continue;
            }
            let mut found = Vec::new();
            parsed.forms.iter().for_each(|form| names(form, &mut found));
            count += found.len();
            unknown.extend(found.into_iter().filter(|name| !is_known(name)).map(|name| format!("{word}: {name}")));
        }
    }
    assert!(unknown.is_empty(), "hints name what does not exist: {unknown:?}");
    assert!(count > 300, "only {count} names were looked at");
}

/// A word that has become a builtin needs no hint.
#[test]
fn words_with_hints_are_no_builtins() {
    let builtins = motet::natives::builtins();
    for (word, gene, _) in foreign_hints() {
        assert!(gene || !builtins.is_extern(word), "{word} is a builtin");
    }
}
