//! The expressions of cases: literals, names, calls, methods, fields, `name = value`, parted by `;`.

use std::iter::Peekable;
use std::str::Chars;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Imaginary(f64),
    Text(String),
    Symbol(String),
    Range { start: Option<i64>, end: Option<i64>, is_inclusive: bool },
    List(Vec<Expression>),
    Record(Vec<(String, Expression)>),
    Name(String),
    Assign(String, Box<Expression>),
    Call { function: Box<Expression>, arguments: Vec<(Option<String>, Expression)> },
    Field { receiver: Box<Expression>, name: String },
    Method { receiver: Box<Expression>, name: String, arguments: Vec<(Option<String>, Expression)> },
}

/// The expressions of a line. A mistake in it is a mistake in the test, and panics.
pub(super) fn parse(source: &str) -> Vec<Expression> {
    let mut parser = Parser { rest: source.chars().peekable() };
    let mut expressions = vec![parser.expression()];
    while parser.takes(';') {
        expressions.push(parser.expression());
    }
    assert!(parser.peek().is_none(), "there is more behind the expression in {source}");
    expressions
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
}

impl Parser<'_> {
    fn peek(&mut self) -> Option<char> {
        while self.rest.next_if(|character| *character == ' ').is_some() {}
        self.rest.peek().copied()
    }

    fn takes(&mut self, wanted: char) -> bool {
        self.peek() == Some(wanted) && self.rest.next().is_some()
    }

    fn wants(&mut self, wanted: char) {
        assert!(self.takes(wanted), "a {wanted} is missing");
    }

    fn word(&mut self) -> String {
        self.peek();
        let mut word = String::new();
        while let Some(character) = self.rest.next_if(|next| next.is_alphanumeric() || "_%".contains(*next)) {
            word.push(character);
        }
        word
    }

    fn expression(&mut self) -> Expression {
        let mut expression = self.primary();
        loop {
            if self.takes('(') {
                let arguments = self.arguments();
                expression = Expression::Call { function: Box::new(expression), arguments };
            } else if self.takes('.') {
                let name = self.word();
                let receiver = Box::new(expression);
                expression = if self.takes('(') {
                    Expression::Method { receiver, name, arguments: self.arguments() }
                } else {
                    Expression::Field { receiver, name }
                };
            } else if let Expression::Name(name) = &expression
                && self.takes('=')
            {
                return Expression::Assign(name.clone(), Box::new(self.expression()));
            } else {
                return expression;
            }
        }
    }

    fn arguments(&mut self) -> Vec<(Option<String>, Expression)> {
        let mut arguments = Vec::new();
        while !self.takes(')') {
            let value = self.expression();
            match value {
                Expression::Name(name) if self.takes(':') => arguments.push((Some(name), self.expression())),
                value => arguments.push((None, value)),
            }
            if !self.takes(',') {
                self.wants(')');
                break;
            }
        }
        arguments
    }

    fn primary(&mut self) -> Expression {
        match self.peek().expect("an expression") {
            '[' => {
                self.rest.next();
                let mut items = Vec::new();
                while !self.takes(']') {
                    items.push(self.expression());
                    if !self.takes(',') {
                        self.wants(']');
                        break;
                    }
                }
                Expression::List(items)
            }
            '{' => {
                self.rest.next();
                let mut entries = Vec::new();
                while !self.takes('}') {
                    let name = self.word();
                    self.wants(':');
                    entries.push((name, self.expression()));
                    if !self.takes(',') {
                        self.wants('}');
                        break;
                    }
                }
                Expression::Record(entries)
            }
            '(' => {
                self.rest.next();
                let inside = self.expression();
                self.wants(')');
                inside
            }
            '"' => self.text(),
            '`' => {
                self.rest.next();
                Expression::Symbol(self.word())
            }
            '-' | '0'..='9' => self.number(),
            _ => match self.word().as_str() {
                "null" => Expression::Null,
                "true" => Expression::Bool(true),
                "false" => Expression::Bool(false),
                "" => panic!("no expression begins with {:?}", self.peek()),
                name => Expression::Name(name.into()),
            },
        }
    }

    fn text(&mut self) -> Expression {
        self.rest.next();
        let mut text = String::new();
        loop {
            match self.rest.next().expect("the end of a string") {
                '"' => return Expression::Text(text),
                '\\' => text.push(match self.rest.next().expect("an escape") {
                    'n' => '\n',
                    't' => '\t',
                    other => other,
                }),
                character => text.push(character),
            }
        }
    }

    /// A number, or a range of two integers.
    fn number(&mut self) -> Expression {
        let digits = self.digits();
        let mut ahead = self.rest.clone();
        if ahead.next() == Some('.') && ahead.next() == Some('.') {
            self.rest.next();
            self.rest.next();
            let is_inclusive = self.rest.next_if_eq(&'=').is_some();
            let end = self.digits();
            let integer = |digits: String| digits.parse().ok();
            return Expression::Range { start: integer(digits), end: integer(end), is_inclusive };
        }
        let mut text = digits;
        let mut ahead = self.rest.clone();
        if ahead.next() == Some('.') && ahead.next().is_some_and(|next| next.is_ascii_digit()) {
            self.rest.next();
            text.push('.');
            text.push_str(&self.digits());
        }
        if self.rest.next_if_eq(&'e').is_some() {
            text.push('e');
            text.push_str(&self.digits());
        }
        if self.rest.next_if_eq(&'i').is_some() {
            return Expression::Imaginary(text.parse().expect("a number"));
        }
        match text.parse() {
            Ok(integer) => Expression::Int(integer),
            Err(_) => Expression::Float(text.parse().expect("a number")),
        }
    }

    fn digits(&mut self) -> String {
        let mut digits: String = self.rest.next_if_eq(&'-').into_iter().collect();
        while let Some(digit) = self.rest.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        digits
    }
}
