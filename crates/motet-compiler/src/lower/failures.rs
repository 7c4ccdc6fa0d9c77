//! Whether a call fits a function, and how to say that it does not.

use super::calls::KnownCall;
use crate::tree::Function;
use motet_syntax::form::Span;

/// What is wrong with a call, and where its function is.
pub(crate) fn wrong_arguments(function: &Function, call: &KnownCall) -> Option<(String, Span)> {
    let parameters = &function.parameters;
    let name = &function.name;
    let place = Span::at(function.span.start);
    let all = parameters.names.len();
    if call.positional > all && parameters.rest.is_none() {
        let wanted = match (parameters.required as usize, all) {
            (_, 0) => "none".to_string(),
            (least, most) if least == most => most.to_string(),
            (least, most) => format!("{least} to {most}"),
        };
        return Some((
            format!("`{name}` takes {wanted} argument{}, but {} are given", plural(all), call.positional),
            place,
        ));
    }
    for (position, given) in call.named.iter().enumerate() {
        if let Some(at) = parameters.names.iter().position(|parameter| parameter == given) {
            if at < call.positional {
                return Some((format!("`{name}` gets `{given}` twice, by position and by name"), place));
            }
        } else if !parameters.named.iter().any(|parameter| parameter.name == *given) {
            let known = parameters.names.iter().chain(parameters.named.iter().map(|named| &named.name));
            let near = motet_syntax::suggest(given, known.map(|known| &**known));
            let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            return Some((format!("`{name}` has no parameter `{given}`{near}"), place));
        }
        if call.named[..position].contains(given) {
            return Some((format!("`{name}` gets `{given}` twice"), place));
        }
    }
    let is_given = |parameter: &str| call.named.iter().any(|given| **given == *parameter);
    let missing: Vec<String> = parameters
        .names
        .iter()
        .take(parameters.required as usize)
        .skip(call.positional)
        .filter(|parameter| !is_given(parameter))
        .chain(
            parameters
                .named
                .iter()
                .filter(|parameter| parameter.required && !is_given(&parameter.name))
                .map(|parameter| &parameter.name),
        )
        .map(|parameter| format!("`{parameter}`"))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let missing_count = missing.len();
    Some((format!("`{name}` misses the argument{} {}", plural(missing_count), missing.join(", ")), place))
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
