//! What stands in a place of a template: names, literals, comparisons, `??`, `not`, `and` and `or`.

use crate::place::{Fault, shown_at};

/// Parentheses and `not` in one another, at most.
const DEPTH: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
}

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Literal(Literal),
    /// A name and what follows behind dots, with the place of the name.
    Path(Vec<String>, usize),
    Not(Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    /// The second one where the first is null or not there.
    Else(Box<Expression>, Box<Expression>),
    Compare(Comparison, Box<Expression>, Box<Expression>, usize),
}

type Parsed<T> = Result<T, Box<Fault>>;

/// Reads expressions from a part of a template.
pub(super) struct Reader<'t> {
    text: &'t str,
    pub at: usize,
    /// Where the part ends.
    end: usize,
    depth: usize,
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

impl<'t> Reader<'t> {
    pub fn new(text: &'t str, at: usize, end: usize) -> Reader<'t> {
        Reader { text, at, end, depth: 0 }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..self.end]
    }

    pub fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    pub fn is_at_end(&mut self) -> bool {
        self.skip_blanks();
        self.at == self.end
    }

    /// A sign, if it comes next.
    pub fn takes(&mut self, sign: &str) -> bool {
        self.skip_blanks();
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    /// A word, if it comes next.
    pub fn takes_word(&mut self, word: &str) -> bool {
        self.skip_blanks();
        let rest = self.rest();
        let found = rest.starts_with(word) && !rest[word.len()..].starts_with(is_name);
        if found {
            self.at += word.len();
        }
        found
    }

    /// A name, if one comes next.
    pub fn name(&mut self) -> Option<&'t str> {
        self.skip_blanks();
        let rest = self.rest();
        let length = rest.find(|character| !is_name(character)).unwrap_or(rest.len());
        self.at += length;
        (length > 0).then(|| &rest[..length])
    }

    pub fn unexpected<T>(&self, expected: &str) -> Parsed<T> {
        let found = if self.at >= self.end { "the end of the tag".to_owned() } else { shown_at(self.text, self.at) };
        Err(Fault::new(self.at, format!("expected {expected}, found {found}")))
    }

    /// Nothing else stands in the tag.
    pub fn expect_end(&mut self) -> Parsed<()> {
        if self.is_at_end() { Ok(()) } else { self.unexpected("the end of the tag") }
    }

    pub fn expression(&mut self) -> Parsed<Expression> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Fault::new(self.at, format!("more than {DEPTH} parentheses lie in one another here")));
        }
        let mut left = self.conjunction()?;
        while self.takes_word("or") {
            left = Expression::Or(Box::new(left), Box::new(self.conjunction()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn conjunction(&mut self) -> Parsed<Expression> {
        let mut left = self.negation()?;
        while self.takes_word("and") {
            left = Expression::And(Box::new(left), Box::new(self.negation()?));
        }
        Ok(left)
    }

    fn negation(&mut self) -> Parsed<Expression> {
        let mut count = 0;
        while self.takes_word("not") {
            count += 1;
        }
        let inner = self.comparison()?;
        Ok(match count {
            0 => inner,
            _ if count % 2 == 1 => Expression::Not(Box::new(inner)),
            _ => Expression::Not(Box::new(Expression::Not(Box::new(inner)))),
        })
    }

    fn comparison(&mut self) -> Parsed<Expression> {
        const SIGNS: [(&str, Comparison); 6] = [
            ("==", Comparison::Equal),
            ("!=", Comparison::Unequal),
            ("<=", Comparison::LessEqual),
            (">=", Comparison::GreaterEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        let left = self.fallback()?;
        self.skip_blanks();
        let at = self.at;
        let mut found = SIGNS.iter().find(|(sign, _)| self.rest().starts_with(sign)).copied();
        if let Some((sign, _)) = found {
            self.at += sign.len();
        } else if self.takes_word("in") {
            found = Some(("in", Comparison::In));
        }
        match found {
            None => Ok(left),
            Some((_, comparison)) => {
                Ok(Expression::Compare(comparison, Box::new(left), Box::new(self.fallback()?), at))
            }
        }
    }

    fn fallback(&mut self) -> Parsed<Expression> {
        let mut parts = vec![self.primary()?];
        while self.takes("??") {
            parts.push(self.primary()?);
        }
        let mut last = parts.pop().expect("there is one");
        while let Some(before) = parts.pop() {
            last = Expression::Else(Box::new(before), Box::new(last));
        }
        Ok(last)
    }

    fn primary(&mut self) -> Parsed<Expression> {
        self.skip_blanks();
        let at = self.at;
        if self.takes("(") {
            let inner = self.expression()?;
            return if self.takes(")") { Ok(inner) } else { self.unexpected("`)`") };
        }
        let first = self.rest().chars().next();
        match first {
            Some(quote @ ('"' | '\'')) => self.text(quote),
            Some(character) if character.is_ascii_digit() || character == '-' => self.number(),
            _ => match self.name() {
                Some("null") => Ok(Expression::Literal(Literal::Null)),
                Some("true") => Ok(Expression::Literal(Literal::Bool(true))),
                Some("false") => Ok(Expression::Literal(Literal::Bool(false))),
                Some(name) => {
                    let mut path = vec![name.to_owned()];
                    while self.rest().starts_with('.') {
                        self.at += 1;
                        match self.name() {
                            Some(name) => path.push(name.to_owned()),
                            None => return self.unexpected("a name behind the point"),
                        }
                    }
                    Ok(Expression::Path(path, at))
                }
                None => self.unexpected("a name or a value"),
            },
        }
    }

    fn text(&mut self, quote: char) -> Parsed<Expression> {
        let begun = self.at;
        let mut text = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            if character == quote {
                self.at += at + 1;
                return Ok(Expression::Literal(Literal::Text(text)));
            }
            if character == '\\' {
                match characters.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, other)) => text.push(other),
                    None => break,
                }
                continue;
            }
            text.push(character);
        }
        Err(Fault::new(begun, "this text is not closed"))
    }

    fn number(&mut self) -> Parsed<Expression> {
        let rest = self.rest();
        let is_part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '+');
        let length = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
        let word = &rest[..length];
        let literal = match (word.parse(), word.parse::<f64>()) {
            (Ok(integer), _) => Literal::Int(integer),
            (_, Ok(float)) if float.is_finite() => Literal::Float(float),
            _ => return Err(Fault::new(self.at, format!("`{word}` is no number"))),
        };
        self.at += length;
        Ok(Expression::Literal(literal))
    }
}
