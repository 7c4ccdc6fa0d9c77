//! The blanks of `.soc`.

use super::layout::{Context, Gap, Style};
use super::tokens::{Token, Tokens, is_closer, is_opener};
use crate::kind::SyntaxKind::{self, *};

/// `.soc` as it is usually written.
pub(super) struct Usual;

/// Blanks where the author has put some.
pub(super) struct AsWritten;

impl Style for Usual {
    const BLANKS_MEAN_SOMETHING: bool = false;
    const CLOSERS_ALONE: bool = true;
    const ENDS_WITH_LINES: bool = true;

    fn column(&self, _: SyntaxKind) -> Option<u8> {
        None
    }

    fn gap(&self, tokens: &Tokens<'_>, before: &Token, token: &Token, context: Context) -> Gap {
        let around = token.around;
        let around_before = before.around;
        let padded = matches!(context.group, Block | Match | Class | Enum | Select);
        match (before.kind, token.kind) {
            (LeftBrace, _) if padded && around_before == context.group => return Gap::Frame,
            (_, RightBrace) if padded && around == context.group => return Gap::Frame,
            (_, kind) if is_closer(kind) && kind != RightBrace && around == Parenthesised => return Gap::Nothing,
            (opener, _) if is_opener(opener) && around_before == Parenthesised => return Gap::Nothing,
            (opener, _) if is_opener(opener) => return breakable(context.group),
            (_, closer) if is_closer(closer) => return breakable(context.group),
            (Semicolon, _) => return Gap::SoftSpace,
            (Comma, _) if context.group == Root => return Gap::Space,
            (Comma, _) => return Gap::SoftSpace,
            _ => {}
        }
        if is_apart(tokens, before, token, around_before, around) { Gap::Space } else { Gap::Nothing }
    }
}

/// Whether the line may be broken at the brackets of a group of this kind.
fn breakable(group: SyntaxKind) -> Gap {
    match group {
        Arguments | Parameters | List | Record | Import | Export | Pattern | Type | Enum => Gap::Soft,
        _ => Gap::Nothing,
    }
}

/// Whether a blank stands between two tokens that are not next to the inside of a bracket.
fn is_apart(tokens: &Tokens<'_>, before: &Token, token: &Token, around_before: SyntaxKind, around: SyntaxKind) -> bool {
    match (before.kind, token.kind) {
        (_, Comma | Semicolon) => false,
        // `1 .abs()`: without the blank the dot would belong to the number.
        (Number, Dot | QuestionDot | DotDot | DotDotEqual) => token.apart && matches!(token.kind, Dot | QuestionDot),
        (_, Dot | QuestionDot) | (Dot | QuestionDot, _) => false,
        (DotDot | DotDotEqual, Minus) => token.apart,
        (DotDot | DotDotEqual, next) => next == DotDot || next == DotDotEqual,
        // `by` behind an open end.
        (_, DotDot | DotDotEqual) => false,
        (_, Colon) => false,
        (Colon, _) => true,
        (Ellipsis, _) => false,
        (Bang, next) => next == Equal,
        (Minus, next) if is_sign(tokens, before, around_before) => {
            // Two signs are no operator of ours, but might be read as one.
            token.apart && matches!(next, Minus | Greater | Equal)
        }
        (FnWord, Star) | (YieldWord, Star) => false,
        (Star, _) if around_before == Member => false,
        (_, Question) if matches!(around, Type | Parameter | Chain) => false,
        (Question, LeftBracket) if around_before == Chain => false,
        // `if (c) …` is a statement, `if(c, a, b)` looks like a call.
        (IfWord, LeftParen) => !tokens.has_comma(tokens.parent(token.element)),
        (_, LeftParen) => match around {
            Arguments if matches!(before.kind, WhileWord | ForWord | MatchWord | CatchWord) => true,
            Arguments | EnumCase => false,
            Pattern | Type => !matches!(before.kind, Name | QuotedName) || around_before != around,
            // Behind the type parameters of `fn id<T>(x: T)`.
            Parameters if before.kind == Greater => around_before != Type,
            Parameters => !matches!(before.kind, Name | QuotedName | FnWord) && !before.kind.is_word(),
            _ => true,
        },
        (_, LeftBracket) => around != Index,
        (Name | QuotedName, Less) if around == Type && around_before == Function => false,
        (_, Less) | (Less, _) if around == Type && around_before == Type => false,
        (_, Greater) if around == Type => false,
        (Less, _) if around_before == Type => false,
        _ => true,
    }
}

/// Whether a minus is a sign and not the operator between two operands.
fn is_sign(tokens: &Tokens<'_>, minus: &Token, around: SyntaxKind) -> bool {
    match around {
        Binary | Pattern => tokens.begins_child_of(minus, tokens.parent(minus.element)) && is_first(tokens, minus),
        _ => true,
    }
}

/// Whether a token is the first of the node that it is a child of.
fn is_first(tokens: &Tokens<'_>, token: &Token) -> bool {
    tokens.first_of(tokens.parent(token.element)) == token.element
}

impl Style for AsWritten {
    const BLANKS_MEAN_SOMETHING: bool = false;
    const CLOSERS_ALONE: bool = true;
    const ENDS_WITH_LINES: bool = false;

    fn column(&self, _: SyntaxKind) -> Option<u8> {
        None
    }

    fn gap(&self, _: &Tokens<'_>, _: &Token, token: &Token, _: Context) -> Gap {
        if token.apart { Gap::Space } else { Gap::Nothing }
    }
}
