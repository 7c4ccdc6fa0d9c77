//! What is said of shapes that do not fit: both expressions as the program writes them, both shapes, the axis, and what would
//! probably mend it.

use crate::view::shown_shape;
use motet_vm::builtins::arguments::bad_value;
use motet_vm::{Context, Error};

/// Characters of an expression that a message shows.
const SHOWN: usize = 40;

/// The error of two operands whose axis of this number, counted from the last one, does not fit.
#[cold]
pub(crate) fn does_not_fit(
    context: &Context<'_>,
    (sign, verb): (&str, &str),
    (a, b): (&[usize], &[usize]),
    from_end: usize,
) -> Error {
    let [left, right] = expressions(context, sign);
    let length = |shape: &[usize]| shape[shape.len() - from_end];
    let axis = a.len().max(b.len()) - from_end;
    bad_value(format!(
        "cannot {verb} {left} of shape {} and {right} of shape {}: axis {axis} has {} elements in one and {} in the other",
        shown_shape(a),
        shown_shape(b),
        length(a),
        length(b),
    ))
    .with_hint(mend(&left, &right, a, b))
}

/// What would make the shapes fit.
fn mend(left: &str, right: &str, a: &[usize], b: &[usize]) -> String {
    let fits = |a: &[usize], b: &[usize]| crate::view::common_shape(a, b).is_ok();
    let turned = |shape: &[usize]| shape.iter().rev().copied().collect::<Vec<_>>();
    let column = |shape: &[usize]| [shape, &[1]].concat();
    if a.len() > b.len() && fits(a, &column(b)) {
        return format!("as a column it fits: {}.reshape({}, 1)", as_receiver(right), shown_lengths(b));
    }
    if b.len() > a.len() && fits(&column(a), b) {
        return format!("as a column it fits: {}.reshape({}, 1)", as_receiver(left), shown_lengths(a));
    }
    if b.len() > 1 && fits(a, &turned(b)) {
        return format!("turned it fits: {}.T", as_receiver(right));
    }
    if a.len() > 1 && fits(&turned(a), b) {
        return format!("turned it fits: {}.T", as_receiver(left));
    }
    if a.iter().product::<usize>() == b.iter().product() {
        return format!("there are as many elements: {}.reshape({})", as_receiver(right), shown_lengths(a));
    }
    "axes fit, from the last one on, if they are equally long or one has length 1".into()
}

fn shown_lengths(shape: &[usize]) -> String {
    let shown = shown_shape(shape);
    shown[1..shown.len() - 1].to_owned()
}

/// An expression as what stands before a point.
fn as_receiver(expression: &str) -> String {
    let text = expression.trim_matches('`');
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.');
    let is_in_brackets = text.starts_with('(') && at_depth(text, |_, at| Some(at)).count() == 0;
    if is_plain && !text.is_empty() || is_in_brackets { text.to_owned() } else { format!("({text})") }
}

/// The two operands as the program writes them, in backticks; what they are, where that cannot be told.
pub(crate) fn expressions(context: &Context<'_>, sign: &str) -> [String; 2] {
    let found = context.place().and_then(|(source, span)| {
        let text = whole(&source.text, span.range())?;
        let turned = [("<", ">"), ("<=", ">=")].into_iter().find(|(asked, _)| *asked == sign);
        // `a > b` is asked as `b < a`.
        let found = operands(text, sign).or_else(|| operands(text, turned?.1).map(|[a, b]| [b, a]));
        found.map(|operands| operands.map(shown))
    });
    found.unwrap_or_else(|| ["the left tensor".into(), "the right tensor".into()])
}

/// The text of a range, with the brackets around its first and its last operand, which do not belong to it.
fn whole(source: &str, range: std::ops::Range<usize>) -> Option<&str> {
    let (mut start, mut end) = (range.start, range.end);
    let text = source.get(range)?;
    let mut open = 0usize;
    let mut missing = 0;
    for character in text.chars() {
        match character {
            '(' => open += 1,
            ')' if open == 0 => missing += 1,
            ')' => open -= 1,
            _ => {}
        }
    }
    for _ in 0..missing {
        start = source[..start].trim_end().strip_suffix('(')?.len();
    }
    for _ in 0..open {
        end = source.len() - source[end..].trim_start().strip_prefix(')')?.len();
    }
    source.get(start..end)
}

fn shown(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

/// What stands on both sides of an operator, or the first two arguments of a function.
fn operands<'a>(text: &'a str, sign: &str) -> Option<[&'a str; 2]> {
    let text = text.trim();
    if sign.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return arguments(text, sign);
    }
    if let Some(found) = split_at_sign(text, sign) {
        return Some(found);
    }
    // `(a + b)` and `(+ a b)` of the other notation.
    let inside = text.strip_prefix('(')?.strip_suffix(')')?.trim();
    if let Some(rest) = inside.strip_prefix(sign).map(str::trim) {
        let at = at_depth(rest, |text, at| text[at..].starts_with(' ').then_some(at)).next()?;
        return Some([rest[..at].trim(), rest[at..].trim()]);
    }
    split_at_sign(inside, sign)
}

fn split_at_sign<'a>(text: &'a str, sign: &str) -> Option<[&'a str; 2]> {
    let is_sign = |text: &str, at: usize| {
        let before = text[..at].trim_end();
        let follows_operand = before.ends_with(|c: char| c.is_alphanumeric() || "_)]}\"'`".contains(c));
        let longer = ["==", "<=", ">=", "**", "~/", "//"];
        let is_longer = longer.iter().any(|longer| {
            *longer != sign
                && (text[at..].starts_with(longer)
                    || at > 0 && text.is_char_boundary(at - 1) && text[at - 1..].starts_with(longer))
        });
        (text[at..].starts_with(sign) && follows_operand && !is_longer).then_some(at)
    };
    let mut places = at_depth(text, is_sign);
    // All operators but powers take what stands left of the last one.
    let at = if sign == "^" { places.next()? } else { places.last()? };
    Some([text[..at].trim(), text[at + sign.len()..].trim()])
}

/// `f(a, b)` or `a.f(b)`.
fn arguments<'a>(text: &'a str, name: &str) -> Option<[&'a str; 2]> {
    let open = text.find(&format!("{name}("))?;
    let inside = &text[open + name.len() + 1..];
    let inside = inside.strip_suffix(')')?;
    let comma = at_depth(inside, |text, at| text[at..].starts_with(',').then_some(at)).next();
    match (text[..open].trim().strip_suffix('.'), comma) {
        (Some(receiver), comma) => Some([receiver, inside[..comma.unwrap_or(inside.len())].trim()]),
        (None, Some(comma)) => {
            let rest = &inside[comma + 1..];
            let end = at_depth(rest, |text, at| text[at..].starts_with(',').then_some(at)).next();
            Some([inside[..comma].trim(), rest[..end.unwrap_or(rest.len())].trim()])
        }
        (None, None) => None,
    }
}

/// The places of a text outside of brackets and quotes that a function finds.
fn at_depth<'a>(
    text: &'a str,
    find: impl Fn(&'a str, usize) -> Option<usize> + 'a,
) -> impl Iterator<Item = usize> + 'a {
    let mut depth = 0usize;
    let mut quote = None;
    text.char_indices().filter_map(move |(at, character)| {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 => return find(text, at),
            _ => {}
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_are_found_in_the_text() {
        let check = |text, sign, expected: [&str; 2]| assert_eq!(operands(text, sign), Some(expected), "{text}");
        check("a + b", "+", ["a", "b"]);
        check("a - b + c[1, 2] ", "+", ["a - b", "c[1, 2]"]);
        check("(a + b) + f(x + 1)", "+", ["(a + b)", "f(x + 1)"]);
        check("a - -b", "-", ["a", "-b"]);
        check("a ^ b ^ c", "^", ["a", "b ^ c"]);
        check("x * '+ ${y}'", "*", ["x", "'+ ${y}'"]);
        check("(a + b)", "+", ["a", "b"]);
        check("(+ a (f b))", "+", ["a", "(f b)"]);
        check("hypot(a, b[0, 1])", "hypot", ["a", "b[0, 1]"]);
        check("a.maximum(b + 1)", "maximum", ["a", "b + 1"]);
        check("a <= b", "<=", ["a", "b"]);
        assert_eq!(operands("t += u", "-"), None);
    }

    #[test]
    fn brackets_around_operands_belong_to_them() {
        let source = "f((a + b) * (c + d))";
        assert_eq!(whole(source, 3..18), Some("(a + b) * (c + d)"));
        assert_eq!(whole(source, 3..8), Some("a + b"));
        assert_eq!(as_receiver("`(c + d)`"), "(c + d)");
        assert_eq!(as_receiver("`f(x)`"), "(f(x))");
    }

    #[test]
    fn the_likely_mend_is_named() {
        assert_eq!(mend("`a`", "`b`", &[2, 3], &[3, 2]), "turned it fits: b.T");
        assert_eq!(mend("`a`", "`f(x)`", &[2, 3], &[2]), "as a column it fits: (f(x)).reshape(2, 1)");
        assert_eq!(
            mend("`a`", "`b`", &[6], &[4]),
            "axes fit, from the last one on, if they are equally long or one has length 1"
        );
    }
}
