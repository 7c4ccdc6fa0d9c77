//! What the text of a signature says about the arguments of a native: `split(text, separator = " ", limit: null)` takes one
//! or two arguments, and the keyword `limit`.

/// Positional arguments at least and at most (`usize::MAX` for any number), and whether there are keywords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    pub least: usize,
    pub most: usize,
    pub has_keywords: bool,
}

/// Reads a signature. Signatures are constants of this program: one that is none does not compile.
pub const fn parameters(signature: &str) -> Parameters {
    let mut read = Parameters { least: 0, most: 0, has_keywords: false };
    let mut rest = Rest::of(signature);
    while let Some(parameter) = rest.next() {
        match parameter.kind {
            Kind::Required => {
                read.least += 1;
                read.most = read.most.saturating_add(1);
            }
            Kind::Optional => read.most = read.most.saturating_add(1),
            Kind::Variadic => read.most = usize::MAX,
            Kind::Keyword => read.has_keywords = true,
        }
    }
    read
}

/// The keywords that a signature names.
pub fn keywords(signature: &str) -> impl Iterator<Item = &str> {
    let mut rest = Rest::of(signature);
    std::iter::from_fn(move || rest.next())
        .filter(|parameter| matches!(parameter.kind, Kind::Keyword))
        .map(|parameter| parameter.name)
}

enum Kind {
    Required,
    /// `name = default`
    Optional,
    /// `...name`
    Variadic,
    /// `name: default`
    Keyword,
}

struct Parameter<'a> {
    name: &'a str,
    kind: Kind,
}

/// The parameters that have not been read yet.
struct Rest<'a> {
    signature: &'a str,
    at: usize,
}

impl<'a> Rest<'a> {
    const fn of(signature: &'a str) -> Rest<'a> {
        let text = signature.as_bytes();
        let mut at = 0;
        while text[at] != b'(' {
            at += 1;
        }
        assert!(text[text.len() - 1] == b')', "a signature ends with its parenthesis");
        Rest { signature, at: at + 1 }
    }

    const fn next(&mut self) -> Option<Parameter<'a>> {
        let text = self.signature.as_bytes();
        let end = text.len() - 1;
        while self.at < end && (text[self.at] == b' ' || text[self.at] == b',') {
            self.at += 1;
        }
        if self.at >= end {
            return None;
        }
        let start = self.at;
        let mut kind = Kind::Required;
        if text[start] == b'.' {
            kind = Kind::Variadic;
        }
        // The name ends at the first sign that is not its own.
        let mut name_end = start;
        while name_end < end
            && (text[name_end].is_ascii_alphanumeric() || text[name_end] == b'_' || text[name_end] == b'.')
        {
            name_end += 1;
        }
        if name_end < end && text[name_end] == b':' {
            kind = Kind::Keyword;
        } else if name_end + 1 < end && text[name_end] == b' ' && text[name_end + 1] == b'=' {
            kind = Kind::Optional;
        }
        self.at = self.end_of_parameter(name_end, end);
        let name = self.signature.split_at(name_end).0.split_at(start).1;
        Some(Parameter { name, kind })
    }

    /// The comma behind a default value, which may be a text or a list.
    const fn end_of_parameter(&self, mut at: usize, end: usize) -> usize {
        let text = self.signature.as_bytes();
        let (mut depth, mut is_quoted) = (0usize, false);
        while at < end {
            match text[at] {
                b'"' => is_quoted = !is_quoted,
                _ if is_quoted => {}
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth -= 1,
                b',' if depth == 0 => return at,
                _ => {}
            }
            at += 1;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(signature: &str, least: usize, most: usize, expected: &[&str]) {
        let found: Vec<&str> = keywords(signature).collect();
        assert_eq!(
            parameters(signature),
            Parameters { least, most, has_keywords: !expected.is_empty() },
            "{signature}"
        );
        assert_eq!(found, expected, "{signature}");
    }

    #[test]
    fn signatures_say_what_is_taken() {
        check("now()", 0, 0, &[]);
        check("abs(x)", 1, 1, &[]);
        check("split(text, separator = \", \", limit: null)", 1, 2, &["limit"]);
        check("range(start, end = [1, 2], step = (1, 2))", 1, 3, &[]);
        check("zip(...collections)", 0, usize::MAX, &[]);
        check("print(first, ...values, separator: \" (\", end: \")\")", 1, usize::MAX, &["separator", "end"]);
    }
}
