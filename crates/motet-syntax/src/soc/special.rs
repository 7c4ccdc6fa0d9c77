//! Which calls have to say that they are calls.

use crate::form::Form;
use crate::infix;
use crate::operator;

/// Whether a name is the head of a special form that `.soc` does not write as a call. A function of that name is called by
/// `(@call name …)`.
/// `assert`, `await`, `rec`, `scope`, `spawn` and `spawn_return` are missing here: `.soc` does write those as calls.
fn is_special_head(name: &str) -> bool {
    matches!(
        name,
        "!" | "->"
            | "async"
            | "bench"
            | "break"
            | "case"
            | "catch"
            | "class"
            | "continue"
            | "do"
            | "enum"
            | "export"
            | "finally"
            | "fn"
            | "fn*"
            | "for"
            | "generate"
            | "hold"
            | "if"
            | "ifel"
            | "import"
            | "let"
            | "loop"
            | "macro"
            | "match"
            | "new"
            | "not"
            | "op"
            | "quote"
            | "repeat"
            | "return"
            | "select"
            | "test"
            | "throw"
            | "try"
            | "type"
            | "unquote"
            | "unquote_splice"
            | "var"
            | "while"
            | "yield"
            | "yield*"
    )
}

/// Whether `(callee argument …)` would be taken for something else than a call.
pub(crate) fn needs_explicit_call(callee: &Form, first_argument: Option<&Form>) -> bool {
    let special = callee
        .as_symbol()
        .is_some_and(|name| name.starts_with('@') || is_special_head(name) || operator::by_name(name).is_some());
    // An operator or a method's name as first argument can only come from a name in backquotes.
    special
        || first_argument.and_then(Form::as_symbol).is_some_and(|name| {
            operator::by_name(name).is_some()
                || infix::is_word_operator(name)
                || name.starts_with('.') && !name.starts_with("..")
        })
}
