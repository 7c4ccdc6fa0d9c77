//! Forms: the data that both readers produce and the compiler reads. `docs/core-forms.md` says what each one means.

/// A stretch of a source text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

/// A form and its place. Equality is structural and ignores places (`FormKind` is compared, spans are not).
#[derive(Clone, Debug)]
pub struct Form {
    pub kind: FormKind,
    pub span: Span,
}

/// What a form is.
#[derive(Clone, Debug, PartialEq)]
pub enum FormKind {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Imaginary(f64),
    Str(Box<str>),
    Symbol(Box<str>),
    List(Vec<Form>),
    Record(Vec<Entry>),
    Node(Box<Node>),
}

/// One entry of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// `name: value`
    Named { name: Box<str>, name_span: Span, value: Form },
    /// `[key]: value`, the key being any expression
    Computed { key: Form, value: Form },
    /// `...record`
    Spread(Form),
}

/// `(head ^prop value child …)`
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub head: Form,
    /// In source order; a name occurs once.
    pub props: Vec<Prop>,
    pub children: Vec<Form>,
}

/// A property of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Prop {
    pub name: Box<str>,
    pub name_span: Span,
    pub value: Form,
}

impl PartialEq for Form {
    fn eq(&self, other: &Form) -> bool {
        self.kind == other.kind
    }
}
