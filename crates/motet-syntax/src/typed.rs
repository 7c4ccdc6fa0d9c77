//! Patterns in a row in `.gene`, where a type stands behind `x:`.

use crate::form::{Form, Span};

/// `x:`, behind which a type stands.
pub fn has_type(form: &Form) -> bool {
    form.as_symbol().is_some_and(|name| name.len() > 1 && name.ends_with(':'))
}

/// The pattern `(: x T)` for `x:` and a type.
pub fn typed(name: &Form, kind: &Form) -> Form {
    let text = name.as_symbol().unwrap_or_default().trim_end_matches(':');
    let place = Span::new(name.span.start, name.span.end.saturating_sub(1));
    let parts = vec![Form::symbol(text, place), kind.clone()];
    Form::node_with(Form::symbol(":", name.span), Vec::new(), parts, name.span.to(kind.span))
}

/// Patterns in a row: `x: T` is one of them.
pub fn with_types(forms: &[Form]) -> Vec<Form> {
    let mut patterns = Vec::with_capacity(forms.len());
    let mut rest = forms;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match rest.split_first() {
            Some((kind, after)) if has_type(first) => {
                rest = after;
                patterns.push(typed(first, kind));
            }
            _ => patterns.push(first.clone()),
        }
    }
    patterns
}
