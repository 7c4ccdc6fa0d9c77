//! The kinds of value.

/// What a value is. Tags from [`Tag::FIRST_HEAP`] on own a counted object, so "owning" is one compare; tags from
/// [`Tag::FIRST_TRACED`] on are objects that may hold other values.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tag {
    Null = 0,
    False = 1,
    /// The first truthy tag: only null and false are falsy.
    True = 2,
    Int = 3,
    Float = 4,
    /// A symbol that code mentions.
    Symbol = 5,
    /// A function of the embedder or the standard library: a pointer to something that lives as long as the process.
    Native = 6,
    /// An argument that was left out, a variable without a value. No program sees it.
    Missing = 7,

    /// A symbol whose name no code mentions: an object with its text. It equals any symbol of the same name.
    MadeSymbol = 16,
    String = 17,
    Bytes = 18,
    Range = 19,
    Complex = 20,

    List = 21,
    Record = 22,
    Instance = 23,
    Map = 24,
    Cell = 25,
    Closure = 26,
    Class = 27,
    BoundMethod = 28,
    Node = 29,
    Generator = 30,
    Foreign = 31,
}

impl Tag {
    pub const FIRST_HEAP: Tag = Tag::MadeSymbol;
    pub const FIRST_TRACED: Tag = Tag::List;

    /// A symbol, of code or made of text.
    #[inline(always)]
    pub const fn is_symbol(self) -> bool {
        matches!(self, Tag::Symbol | Tag::MadeSymbol)
    }

    /// Values of this kind own a counted object.
    #[inline(always)]
    pub const fn is_heap(self) -> bool {
        self as u8 >= Tag::FIRST_HEAP as u8
    }

    /// Objects of this kind may hold other values.
    #[inline(always)]
    pub const fn is_traced(self) -> bool {
        self as u8 >= Tag::FIRST_TRACED as u8
    }

    /// Neither null nor false.
    #[inline(always)]
    pub const fn is_truthy(self) -> bool {
        self as u8 >= Tag::True as u8
    }
}
