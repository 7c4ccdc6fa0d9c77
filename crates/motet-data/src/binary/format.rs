//! What a format says: letters with numbers before them, as Python's `struct` has them, without alignment.

/// What a piece is, with how many bytes it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Signed(usize),
    Unsigned(usize),
    Float(usize),
    Bool,
    /// A text of bytes, with its length.
    Bytes(usize),
    Padding,
}

impl Kind {
    pub fn width(self) -> usize {
        match self {
            Kind::Signed(width) | Kind::Unsigned(width) | Kind::Float(width) | Kind::Bytes(width) => width,
            Kind::Bool | Kind::Padding => 1,
        }
    }
}

/// So many of a kind.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub kind: Kind,
    pub count: usize,
    pub is_big: bool,
    letter: char,
}

impl Piece {
    /// As the format writes it.
    pub fn name(&self) -> String {
        match self.kind {
            Kind::Bytes(length) => format!("{length}s"),
            _ => self.letter.to_string(),
        }
    }

    fn values(&self) -> usize {
        if self.kind == Kind::Padding { 0 } else { self.count }
    }
}

/// Pieces that belong together.
#[derive(Debug)]
pub(super) struct Field {
    pub name: String,
    pub pieces: Vec<Piece>,
}

impl Field {
    /// How many values it has.
    pub fn values(&self) -> usize {
        self.pieces.iter().map(Piece::values).sum()
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Format {
    pub fields: Vec<Field>,
    pub has_names: bool,
    /// The bytes of it all.
    pub size: usize,
    is_big: bool,
}

impl Format {
    /// A format without names.
    pub fn read(text: &str) -> Result<Format, String> {
        let mut format = Format::default();
        format.add(String::new(), text)?;
        Ok(format)
    }

    /// A field, whose byte order holds for those behind it too.
    pub fn add_field(&mut self, name: String, text: &str) -> Result<(), String> {
        self.has_names = true;
        self.add(name, text)
    }

    pub fn values(&self) -> usize {
        self.fields.iter().map(Field::values).sum()
    }

    pub fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.fields.iter().flat_map(|field| &field.pieces)
    }

    fn add(&mut self, name: String, text: &str) -> Result<(), String> {
        let mut pieces = Vec::new();
        let mut number: Option<usize> = None;
        for (at, letter) in text.char_indices() {
            if let Some(digit) = letter.to_digit(10) {
                let grown = number.unwrap_or(0).checked_mul(10).and_then(|number| number.checked_add(digit as usize));
                number =
                    Some(grown.filter(|&number| number <= super::MOST).ok_or_else(|| {
                        format!("the number before character {at} of the format {text:?} is too large")
                    })?);
                continue;
            }
            match letter {
                '<' | '=' if at == 0 => self.is_big = false,
                '>' | '!' if at == 0 => self.is_big = true,
                '@' => {
                    return Err("a format has no `@`: how this machine lays out values is not what files have".into());
                }
                _ if letter.is_whitespace() && number.is_none() => {}
                _ => {
                    let kind = match letter {
                        'b' => Kind::Signed(1),
                        'h' => Kind::Signed(2),
                        'i' | 'l' => Kind::Signed(4),
                        'q' => Kind::Signed(8),
                        'B' => Kind::Unsigned(1),
                        'H' => Kind::Unsigned(2),
                        'I' | 'L' => Kind::Unsigned(4),
                        'Q' => Kind::Unsigned(8),
                        'e' => Kind::Float(2),
                        'f' => Kind::Float(4),
                        'd' => Kind::Float(8),
                        '?' => Kind::Bool,
                        's' => Kind::Bytes(number.take().unwrap_or(1)),
                        'x' => Kind::Padding,
                        _ => return Err(format!("`{letter}` at character {at} of the format {text:?} means nothing")),
                    };
                    let count = number.take().unwrap_or(1);
                    self.size = kind.width().saturating_mul(count).saturating_add(self.size);
                    pieces.push(Piece { kind, count, is_big: self.is_big, letter });
                }
            }
        }
        if number.is_some() {
            return Err(format!("the format {text:?} ends in a number, of which nothing says what it counts"));
        }
        self.fields.push(Field { name, pieces });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_say_their_size_and_values() {
        for (text, size, values) in
            [("<IHd4s", 18, 4), ("", 0, 0), (">3h x ?", 8, 4), ("2s2s", 4, 2), ("0i", 0, 0), ("qQbBeflL", 32, 8)]
        {
            let format = Format::read(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
            assert_eq!((format.size, format.values()), (size, values), "{text}");
        }
        for text in ["z", "3", "i<", "@i", "4 s", "99999999999999999999i", "ä"] {
            assert!(Format::read(text).is_err(), "{text}");
        }
    }
}
