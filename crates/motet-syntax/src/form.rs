//! Forms: the data that both readers produce and the compiler reads. `docs/core-forms.md` says what each one means.

pub use motet_source::Span;

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

/// One entry of a record. Equality ignores places.
#[derive(Clone, Debug)]
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

/// A property of a node. Equality ignores places.
#[derive(Clone, Debug)]
pub struct Prop {
    pub name: Box<str>,
    pub name_span: Span,
    pub value: Form,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        match (self, other) {
            (Entry::Named { name, value, .. }, Entry::Named { name: other_name, value: other_value, .. }) => {
                name == other_name && value == other_value
            }
            (Entry::Computed { key, value }, Entry::Computed { key: other_key, value: other_value }) => {
                key == other_key && value == other_value
            }
            (Entry::Spread(record), Entry::Spread(other)) => record == other,
            _ => false,
        }
    }
}

impl PartialEq for Prop {
    fn eq(&self, other: &Prop) -> bool {
        self.name == other.name && self.value == other.value
    }
}

impl PartialEq for Form {
    fn eq(&self, other: &Form) -> bool {
        self.kind == other.kind
    }
}

impl Form {
    pub fn new(kind: FormKind, span: Span) -> Form {
        Form { kind, span }
    }

    pub fn null(span: Span) -> Form {
        Form::new(FormKind::Null, span)
    }

    pub fn symbol(name: impl Into<Box<str>>, span: Span) -> Form {
        Form::new(FormKind::Symbol(name.into()), span)
    }

    pub fn string(text: impl Into<Box<str>>, span: Span) -> Form {
        Form::new(FormKind::Str(text.into()), span)
    }

    pub fn list(items: Vec<Form>, span: Span) -> Form {
        Form::new(FormKind::List(items), span)
    }

    /// A node without properties whose head is the symbol `head`. The head's place is the node's.
    pub fn node(head: &str, children: Vec<Form>, span: Span) -> Form {
        Form::node_with(Form::symbol(head, span), Vec::new(), children, span)
    }

    pub fn node_with(head: Form, props: Vec<Prop>, children: Vec<Form>, span: Span) -> Form {
        Form::new(FormKind::Node(Box::new(Node { head, props, children })), span)
    }

    /// What stands where the source could not be read. An error has been reported for it, so code that meets it says
    /// nothing more.
    pub fn error(span: Span) -> Form {
        Form::node("@error", Vec::new(), span)
    }

    pub fn as_symbol(&self) -> Option<&str> {
        match &self.kind {
            FormKind::Symbol(name) => Some(name),
            _ => None,
        }
    }

    pub fn is_symbol(&self, name: &str) -> bool {
        self.as_symbol() == Some(name)
    }

    pub fn as_node(&self) -> Option<&Node> {
        match &self.kind {
            FormKind::Node(node) => Some(node),
            _ => None,
        }
    }

    /// Whether this is a node whose head is the symbol `head`.
    pub fn is_node(&self, head: &str) -> bool {
        self.as_node().is_some_and(|node| node.head.is_symbol(head))
    }
}

/// Heads of forms that give something a name.
const DEFINITIONS: [&str; 8] = ["fn", "fn*", "class", "enum", "type", "let", "var", "macro"];

impl Node {
    /// The one name that this form defines, without type parameters and types; none of a pattern, or of what defines nothing.
    pub fn defined_name(&self) -> Option<&str> {
        let head = self.head.as_symbol()?;
        if !DEFINITIONS.contains(&head) {
            return None;
        }
        // Type parameters and types stand behind a colon.
        self.children.first()?.as_symbol().map(|name| name.split(':').next().unwrap_or(name))
    }

    pub fn prop(&self, name: &str) -> Option<&Form> {
        self.props.iter().find(|prop| &*prop.name == name).map(|prop| &prop.value)
    }
}

impl Prop {
    pub fn new(name: impl Into<Box<str>>, value: Form) -> Prop {
        Prop { name: name.into(), name_span: value.span, value }
    }
}
