//! Lists, records, ranges, interpolated strings. Long ones are made in parts, so that they need few registers.

use super::assign::CHUNK;
use super::emitter::{Emitter, Want};
use crate::tree::{Expr, ExprKind, Item, RangeParts, RecordItem};
use motet_code::{Constant, Op};

impl Emitter<'_, '_> {
    pub fn data(&mut self, expr: &Expr, want: Want) {
        match &expr.kind {
            ExprKind::List(items) => self.list(items, want),
            ExprKind::Record(items) => self.record(items, want),
            ExprKind::Concat(parts) => self.concat(parts, want),
            ExprKind::Range(parts) => self.range(parts, want),
            _ => {}
        }
    }

    pub fn list(&mut self, items: &[Item], want: Want) {
        if want == Want::Discard {
            let only_values = items.iter().all(|item| matches!(item, Item::Value(_)));
            if only_values {
                for item in items {
                    if let Item::Value(value) = item {
                        self.emit(value, Want::Discard);
                    }
                }
                return;
            }
        }
        let whole = items.len() <= CHUNK && items.iter().all(|item| matches!(item, Item::Value(_)));
        if whole {
            let base = self.window(want);
            self.values_from(base, items);
            let to = if want == Want::Into(base) { base } else { self.destination_of(want, base) };
            self.op(Op::List, to, base, items.len() as u16);
            return self.deliver(to, want);
        }
        let (want, returned) = self.settle(want);
        let list = self.destination(want);
        self.list_in_parts(items, list);
        if let Some(register) = returned {
            self.return_register(register);
        }
    }

    /// Where an operation writes whose operands start at `base`.
    fn destination_of(&mut self, want: Want, base: u16) -> u16 {
        match want {
            Want::Into(register) => register,
            Want::Discard | Want::Return => base,
        }
    }

    fn values_from(&mut self, base: u16, items: &[Item]) {
        for (at, item) in items.iter().enumerate() {
            if let Item::Value(value) = item {
                let register = if at == 0 { base } else { self.reserve(1) };
                self.emit(value, Want::Into(register));
            }
        }
    }

    fn list_in_parts(&mut self, items: &[Item], list: u16) {
        let mut rest = items;
        let mut made = false;
        while !rest.is_empty() || !made {
            let values = rest.iter().take(CHUNK).take_while(|item| matches!(item, Item::Value(_))).count();
            let next = self.next;
            if !made {
                let base = self.reserve(1);
                self.values_from(base, &rest[..values]);
                self.op(Op::List, list, base, values as u16);
                made = true;
            } else if let (0, Some(Item::Spread(spread))) = (values, rest.first()) {
                let spread = self.operand(spread);
                self.op(Op::ListExtend, list, spread, 0);
                rest = &rest[1..];
                self.next = next;
                continue;
            } else if let (1, Some(Item::Value(value))) = (values, rest.first()) {
                let value = self.operand(value);
                self.op(Op::ListPush, list, value, 0);
            } else {
                let base = self.reserve(1);
                self.values_from(base, &rest[..values]);
                self.op(Op::List, base, base, values as u16);
                self.op(Op::ListExtend, list, base, 0);
            }
            rest = &rest[values..];
            self.next = next;
        }
    }

    fn record(&mut self, items: &[RecordItem], want: Want) {
        let named: Option<Vec<(&str, &Expr)>> = items
            .iter()
            .map(|item| match item {
                RecordItem::Named(name, value) => Some((&**name, value)),
                _ => None,
            })
            .collect();
        let (want, returned) = self.settle(want);
        let record = self.destination(want);
        match named {
            Some(named) => self.record_chunks(&named, record),
            None => self.record_in_parts(items, record),
        }
        if let Some(register) = returned {
            self.return_register(register);
        }
    }

    /// A record of named values.
    pub fn record_chunks(&mut self, named: &[(&str, &Expr)], record: u16) {
        let next = self.next;
        let mut chunks = named.chunks(CHUNK);
        self.record_chunk(chunks.next().unwrap_or(&[]), record);
        for chunk in chunks {
            let part = self.reserve(1);
            self.record_chunk(chunk, part);
            self.op(Op::RecordExtend, record, part, 0);
            self.next = next;
        }
    }

    fn record_chunk(&mut self, named: &[(&str, &Expr)], record: u16) {
        let next = self.next;
        let base = self.window(Want::Into(record));
        for (at, (_, value)) in named.iter().enumerate() {
            let register = if at == 0 { base } else { self.reserve(1) };
            self.emit(value, Want::Into(register));
        }
        let names: Vec<Box<str>> = named.iter().map(|(name, _)| (*name).into()).collect();
        let names = self.required_constant(Constant::Names(names.into()));
        self.op(Op::Record, record, base, names);
        self.next = next;
    }

    fn record_in_parts(&mut self, items: &[RecordItem], record: u16) {
        let mut rest = items;
        let mut made = false;
        while !rest.is_empty() || !made {
            let next = self.next;
            let named: Vec<(&str, &Expr)> = rest
                .iter()
                .map_while(|item| match item {
                    RecordItem::Named(name, value) => Some((&**name, value)),
                    _ => None,
                })
                .collect();
            if !made {
                self.record_chunks(&named, record);
                made = true;
                rest = &rest[named.len()..];
                continue;
            }
            match &rest[0] {
                RecordItem::Named(name, value) if named.len() == 1 => {
                    let value = self.operand(value);
                    let name = self.symbol(name);
                    self.op(Op::SetField, record, name, value);
                    rest = &rest[1..];
                }
                RecordItem::Named(..) => {
                    let part = self.reserve(1);
                    self.record_chunks(&named, part);
                    self.op(Op::RecordExtend, record, part, 0);
                    rest = &rest[named.len()..];
                }
                RecordItem::Computed(key, value) => {
                    let (key, value) = self.operands(key, value);
                    self.op(Op::SetIndex, record, key, value);
                    rest = &rest[1..];
                }
                RecordItem::Spread(spread) => {
                    let spread = self.operand(spread);
                    self.op(Op::RecordExtend, record, spread, 0);
                    rest = &rest[1..];
                }
            }
            self.next = next;
        }
    }

    /// The parts of a string, joined.
    fn concat(&mut self, parts: &[Expr], want: Want) {
        if parts.len() <= CHUNK {
            let base = self.window(want);
            self.parts_from(base, parts);
            let to = self.destination_of(want, base);
            self.op(Op::Concat, to, base, parts.len() as u16);
            return self.deliver(to, want);
        }
        let (want, returned) = self.settle(want);
        let text = self.destination(want);
        for (number, chunk) in parts.chunks(CHUNK).enumerate() {
            let next = self.next;
            let base = self.reserve(1);
            self.parts_from(base, chunk);
            if number == 0 {
                self.op(Op::Concat, text, base, chunk.len() as u16);
            } else {
                self.op(Op::Concat, base, base, chunk.len() as u16);
                self.op(Op::AddTo, text, base, 0);
            }
            self.next = next;
        }
        if let Some(register) = returned {
            self.return_register(register);
        }
    }

    fn parts_from(&mut self, base: u16, parts: &[Expr]) {
        for (at, part) in parts.iter().enumerate() {
            let register = if at == 0 { base } else { self.reserve(1) };
            self.emit(part, Want::Into(register));
        }
    }

    fn range(&mut self, parts: &RangeParts, want: Want) {
        let base = self.window(want);
        self.emit(&parts.start, Want::Into(base));
        let end = self.reserve(1);
        self.emit(&parts.end, Want::Into(end));
        let step = self.reserve(1);
        match &parts.step {
            Some(value) => self.emit(value, Want::Into(step)),
            None => self.op(Op::Null, step, 0, 0),
        }
        let to = self.destination_of(want, base);
        self.op_variant(Op::Range, to, base, 3, parts.inclusive);
        self.deliver(to, want);
    }
}
