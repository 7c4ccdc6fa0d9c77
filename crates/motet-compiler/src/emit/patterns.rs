//! Patterns: tests that jump where they fail, and the variables that they bind.

use super::control::pattern_variables;
use super::emitter::{Emitter, Want};
use super::variables::Place;
use crate::code::Label;
use crate::tree::{Element, Expr, ExprKind, FieldPattern, Pattern, PatternKind, RangeParts, Rest, VariableId};
use motet_code::{Constant, Op};

impl Emitter<'_, '_> {
    /// Gives the variables of a pattern their registers.
    pub fn allocate_pattern(&mut self, pattern: &Pattern) {
        pattern_variables(pattern, &mut |variable| {
            if self.needs_home(variable) {
                self.allocate(variable);
            }
        });
    }

    /// A pattern that must fit, as in `let`: that it does not is an error that shows the pattern.
    pub fn bind_pattern(&mut self, pattern: &Pattern, value: u16, text: &str) {
        let (fail, bound) = (self.label(), self.label());
        let next = self.next;
        let outer = std::mem::replace(&mut self.must_fit, true);
        self.test(pattern, value, fail);
        self.must_fit = outer;
        self.next = next;
        self.jump_to(bound);
        self.bind(fail);
        let shown = self.reserve(1);
        self.load_constant(shown, Constant::Str(text.into()));
        let error = self.helper("%mismatch", &[value, shown]);
        self.op(Op::Throw, error, 0, 0);
        self.next = next;
        self.bind(bound);
    }

    /// Tests a value and binds its parts; jumps where it does not fit.
    pub fn test(&mut self, pattern: &Pattern, value: u16, fail: Label) {
        let span = std::mem::replace(&mut self.span, pattern.span);
        let next = self.next;
        self.test_kind(pattern, value, fail);
        self.next = next;
        self.span = span;
    }

    fn test_kind(&mut self, pattern: &Pattern, value: u16, fail: Label) {
        match &pattern.kind {
            PatternKind::Wildcard => {}
            PatternKind::Bind(variable) => self.define_from(*variable, value),
            PatternKind::As(inner, variable) => {
                self.test(inner, value, fail);
                self.define_from(*variable, value);
            }
            PatternKind::Equal(expected) => self.test_equal(expected, value, fail),
            PatternKind::Found(found) => {
                let found = self.operand(found);
                let matches = self.helper("%matches", &[value, found]);
                self.jump(Op::JumpIfNot, matches, 0, fail);
            }
            PatternKind::Range(range) => self.test_range(range, value, fail),
            PatternKind::Typed(inner, check) => {
                self.test_type(value, check, fail);
                self.test(inner, value, fail);
            }
            PatternKind::Or(patterns) => self.test_alternatives(patterns, value, fail),
            PatternKind::List { elements, rest } => self.test_list(elements, *rest, value, fail),
            PatternKind::Record { fields, rest } => {
                self.test_fields(fields, value, fail);
                if let Some(variable) = rest {
                    self.bind_record_rest(fields, *variable, value);
                }
            }
            PatternKind::Class { class, positional, named } => {
                self.test_class(class, positional, value, fail);
                self.test_fields(named, value, fail);
            }
        }
    }

    fn test_equal(&mut self, expected: &Expr, value: u16, fail: Label) {
        match &expected.kind {
            ExprKind::Null => return self.jump(Op::JumpIfNotNull, value, 0, fail),
            ExprKind::Int(number) if self.shared.specialise => {
                if let Ok(number) = i16::try_from(*number) {
                    return self.jump(Op::JumpNotEqI, value, number as u16, fail);
                }
            }
            _ => {}
        }
        let constant = match &expected.kind {
            _ if !self.shared.specialise => None,
            ExprKind::Int(number) => Some(Constant::Int(*number)),
            ExprKind::Float(number) => Some(Constant::Float(*number)),
            ExprKind::Str(text) => Some(Constant::Str(text.clone())),
            _ => None,
        };
        if let Some(constant) = constant.and_then(|constant| self.short_constant(constant)) {
            return self.jump(Op::JumpNotEqK, value, constant, fail);
        }
        let expected = self.operand(expected);
        self.jump(Op::JumpNotEq, value, expected, fail);
    }

    fn test_range(&mut self, range: &RangeParts, value: u16, fail: Label) {
        let start = self.operand(&range.start);
        let end = self.operand(&range.end);
        let inclusive = self.reserve(1);
        self.op(Op::Bool, inclusive, u16::from(range.inclusive), 0);
        let inside = self.helper("%in_range", &[value, start, end, inclusive]);
        self.jump(Op::JumpIfNot, inside, 0, fail);
    }

    fn test_alternatives(&mut self, patterns: &[Pattern], value: u16, fail: Label) {
        let Some((last, first)) = patterns.split_last() else { return };
        let matched = self.label();
        for pattern in first {
            let next = self.label();
            self.test(pattern, value, next);
            self.jump_to(matched);
            self.bind(next);
        }
        self.test(last, value, fail);
        self.bind(matched);
    }

    /// Jumps unless (or if) a value is a list of so many elements, or of at least so many.
    fn test_length(&mut self, value: u16, count: usize, at_least: bool, jump: Op, target: Label) {
        let next = self.next;
        let test = self.reserve(1);
        self.op_variant(Op::IsList, test, value, count as u16, at_least);
        self.jump(jump, test, 0, target);
        self.next = next;
    }

    fn test_list(&mut self, elements: &[Element], rest: Rest, value: u16, fail: Label) {
        if elements.len() >= i16::MAX as usize {
            return self.too_large("a pattern has too many elements");
        }
        let required = elements.iter().take_while(|element| element.default.is_none()).count();
        let open = rest != Rest::None || required < elements.len();
        self.test_length(value, required, open, Op::JumpIfNot, fail);
        if rest == Rest::None && open {
            self.test_length(value, elements.len() + 1, true, Op::JumpIf, fail);
        }
        for (at, element) in elements.iter().enumerate() {
            let next = self.next;
            let Some(part) = self.part_register(&element.pattern, element.default.is_some()) else { continue };
            match &element.default {
                None => self.op(Op::GetIndexI, part, value, at as u16),
                Some(default) => {
                    let (missing, present) = (self.label(), self.label());
                    self.test_length(value, at + 1, true, Op::JumpIfNot, missing);
                    self.op(Op::GetIndexI, part, value, at as u16);
                    self.jump_to(present);
                    self.bind(missing);
                    self.emit(default, Want::Into(part));
                    self.bind(present);
                }
            }
            self.test_part(&element.pattern, part, fail);
            self.next = next;
        }
        if let Rest::Bound(variable) = rest {
            let next = self.next;
            let part = self.variable_register(variable);
            self.op(Op::ListRest, part, value, elements.len() as u16);
            self.define_from(variable, part);
            self.next = next;
        }
    }

    /// Where a part of a value goes before its pattern is tested: a name's own register, or a new one; none if the part
    /// need not be read.
    fn part_register(&mut self, pattern: &Pattern, has_default: bool) -> Option<u16> {
        match pattern.kind {
            PatternKind::Wildcard if !has_default => None,
            PatternKind::Bind(variable) => Some(self.variable_register(variable)),
            _ => Some(self.reserve(1)),
        }
    }

    fn variable_register(&mut self, variable: VariableId) -> u16 {
        match self.place_of(variable) {
            Place::Register(home) => home,
            _ => self.reserve(1),
        }
    }

    /// The same register again is bound already.
    fn test_part(&mut self, pattern: &Pattern, part: u16, fail: Label) {
        self.test(pattern, part, fail);
    }

    fn test_fields(&mut self, fields: &[FieldPattern], value: u16, fail: Label) {
        for field in fields {
            let next = self.next;
            let name = self.symbol(&field.name);
            let missing = if field.default.is_some() { self.label() } else { fail };
            // Where the pattern must fit, reading a missing field says best what is missing.
            if field.default.is_some() || !field.certain && !self.must_fit {
                let test = self.reserve(1);
                self.op(Op::HasKey, test, value, name);
                self.jump(Op::JumpIfNot, test, 0, missing);
                self.next = next;
            }
            let part = match self.part_register(&field.pattern, field.default.is_some()) {
                Some(part) => part,
                None => continue,
            };
            self.op(Op::GetField, part, value, name);
            if let Some(default) = &field.default {
                let present = self.label();
                self.jump_to(present);
                self.bind(missing);
                self.emit(default, Want::Into(part));
                self.bind(present);
            }
            self.test_part(&field.pattern, part, fail);
            self.next = next;
        }
    }

    fn bind_record_rest(&mut self, fields: &[FieldPattern], variable: VariableId, value: u16) {
        let names: Vec<motet_code::Datum> =
            fields.iter().map(|field| motet_code::Datum::Str(field.name.clone())).collect();
        let listed = self.reserve(1);
        self.load_constant(listed, Constant::Datum(Box::new(motet_code::Datum::List(names))));
        let rest = self.helper("%record_rest", &[value, listed]);
        self.define_from(variable, rest);
    }

    fn test_class(&mut self, class: &Expr, positional: &[Pattern], value: u16, fail: Label) {
        let class = self.operand(class);
        let test = self.reserve(1);
        self.op(Op::InstanceOf, test, value, class);
        self.jump(Op::JumpIfNot, test, 0, fail);
        if positional.is_empty() {
            return;
        }
        let next = self.next;
        let count = self.reserve(1);
        self.wide(Op::Int, count, positional.len() as i32);
        self.helper("%positional_check", &[class, count]);
        self.next = next;
        for (at, pattern) in positional.iter().enumerate() {
            if matches!(pattern.kind, PatternKind::Wildcard) {
                continue;
            }
            let index = self.reserve(1);
            self.wide(Op::Int, index, at as i32);
            let part = self.helper("%positional", &[value, class, index]);
            self.test(pattern, part, fail);
            self.next = next;
        }
    }
}
