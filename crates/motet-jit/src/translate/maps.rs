//! Maps with integers and texts as keys: lookups and stores. Sets, frozen maps and other keys are left to the VM.

use super::Translation;
use super::places::{Kind, Read};
use crate::ir::{Condition, ExitId, Helper, Operation, Reason, Type, Value, Width};
use motet_code::{Instruction, LAST_B, LAST_C};
use motet_vm::jit::Tags;
use motet_vm::memory::{Map, Tag};

/// Behind so many wrong guesses, the VM does it.
const FEW: u8 = 3;

/// A key, as two words.
#[derive(Clone, Copy)]
struct Key {
    tag: Value,
    payload: Value,
}

impl Translation<'_> {
    /// Whether a register holds a map, as far as was seen.
    fn is_map(&mut self, register: u16, seen: Tags) -> bool {
        self.state.may_be_object(register as usize)
            && match self.state.object(register as usize) {
                Some(object) => object.tag == Tag::Map,
                None => seen == Tags::of(Tag::Map),
            }
    }

    /// The key in a register, if it is an integer or a text.
    fn key(&mut self, at: usize, register: u16, seen: Tags) -> Option<Key> {
        if self.is_text(register, seen) {
            let exit = self.exit_at(at, Reason::Guard);
            let payload = self.object(register, Tag::String, exit)?;
            return Some(Key { tag: self.int(Tag::String as i64), payload });
        }
        let payload = self.number(at, register, seen).filter(|value| self.out.type_of(*value) == Type::Int)?;
        Some(Key { tag: self.int(Tag::Int as i64), payload })
    }

    /// The map in a register; leaves if it is a set, which has no keys.
    fn map(&mut self, register: u16, exit: ExitId) -> Option<Value> {
        let address = self.object(register, Tag::Map, exit)?;
        let offset = Map::IS_SET_OFFSET as i32;
        let is_set = self.emit(Operation::Load { width: Width::Byte, address, offset });
        let zero = self.int(0);
        let fine = self.compare_ints(Condition::Equal, is_set, zero);
        self.guard(fine, exit);
        Some(address)
    }

    /// `a = b[c]` of a map; false if it is left to the VM.
    pub(super) fn get_entry(&mut self, at: usize, i: Instruction, index: Option<u16>) -> bool {
        let seen = self.seen(at);
        if !self.is_map(i.b(), seen.b) || seen.failures > FEW {
            return false;
        }
        let key = match index {
            Some(register) => self.key(at, register, seen.c),
            None => {
                let (tag, payload) = (self.int(Tag::Int as i64), self.int(i.c() as i16 as i64));
                Some(Key { tag, payload })
            }
        };
        let Some(key) = key else { return false };
        let exit = self.exit_at(at, Reason::Guard);
        let Some(address) = self.map(i.b(), exit) else { return false };
        let place = self.ask(Helper::Entry, vec![address, key.tag, key.payload]);
        let key = index.map(|register| (register, i.flags() & LAST_C != 0));
        let from = Some((i.b(), i.flags() & LAST_B != 0));
        let root = self.state.root(i.b() as usize);
        let read = Read { at, to: i.a(), from, key, root, kind: Kind::Other, counts: false };
        self.fetch(read, place, exit)
    }

    /// `a[b] = c` and `a[b] += c` of a map; false if it is left to the VM.
    pub(super) fn set_entry(&mut self, at: usize, i: Instruction, adds: bool) -> bool {
        let seen = self.seen(at);
        if !self.is_map(i.a(), seen.a) || seen.failures > FEW {
            return false;
        }
        let value = self.number(at, i.c(), seen.c);
        let is_number = value.is_some_and(|value| self.out.type_of(value) != Type::Bool);
        if adds && !is_number {
            return false;
        }
        let Some(key) = self.key(at, i.b(), seen.b) else { return false };
        if !adds {
            self.prepare_store(at, i);
        }
        let exit = self.exit_at(at, Reason::Guard);
        let Some(address) = self.map(i.a(), exit) else { return false };
        self.guard_writable(i.a(), address, exit);
        match value.filter(|_| adds) {
            Some(value) => {
                let place = self.ask(Helper::Entry, vec![address, key.tag, key.payload]);
                if self.add_at(place, None, value, exit).is_none() {
                    return false;
                }
            }
            None => {
                let source = self.emit(Operation::AddressOf(i.c() as u32));
                let takes = i.flags() & LAST_C != 0;
                let helper = if takes { Helper::SetEntry } else { Helper::SetEntryCopy };
                let arguments = vec![address, key.tag, key.payload, source];
                self.emit_nothing(Operation::Call { helper, arguments });
                if takes {
                    self.state.set_window(i.c() as usize);
                }
            }
        }
        if i.flags() & LAST_B != 0 {
            self.drop_last(i.b());
        }
        self.drop_used_a(i);
        true
    }

    /// `map.has(key)` and `map.get(key)`. None: it is something else.
    pub(super) fn map_method(&mut self, at: usize, i: Instruction) -> Option<bool> {
        let seen = self.seen(at);
        let name = self.method_of(at, Tag::Map)?;
        if i.b() != 1 || !self.is_map(i.a(), seen.a) || seen.failures > FEW {
            return None;
        }
        let register = i.a() + 1;
        let gets = match name {
            "has" => false,
            "get" => true,
            _ => return None,
        };
        let key = self.key(at, register, seen.b)?;
        let exit = self.exit_at(at, Reason::Guard);
        let address = self.object(i.a(), Tag::Map, exit)?;
        let words = vec![address, key.tag, key.payload];
        if gets {
            let place = self.ask(Helper::Entry, words);
            let root = self.state.root(i.a() as usize);
            let from = Some((i.a(), true));
            let read = Read { at, to: i.a(), from, key: Some((register, true)), root, kind: Kind::Other, counts: true };
            return self.fetch(read, place, exit).then_some(true);
        }
        let found = self.ask(Helper::HasEntry, words);
        let zero = self.int(0);
        let has = self.compare_ints(Condition::NotEqual, found, zero);
        self.count(at);
        self.drop_last(register);
        self.drop_last(i.a());
        self.state.set(i.a() as usize, has, false);
        Some(true)
    }

    /// The builtin that a method call means, if its receivers are of a kind.
    pub(super) fn method_of(&self, at: usize, tag: Tag) -> Option<&'static str> {
        // The cache's key: one bit, the tag, the shape; and the native.
        let (key, native, function) = (self.words()[at + 1], self.words()[at + 2], self.words()[at + 3]);
        if key >> 32 != 1 << 8 | tag as u64 || function != 0 {
            return None;
        }
        (self.request.builtin)(native)
    }
}
