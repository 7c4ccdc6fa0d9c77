//! What the translation knows of registers.

use super::known::{Content, Object};
use crate::ir::{Function, Type, Value};
use motet_vm::memory::Tag;

/// What a register is at a place where paths meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The window has it, whatever it is.
    Window,
    /// A value has it, and if it is written, the window too.
    Number { of: Type, is_written: bool },
    /// It is null. The window may say something else, unless it is written.
    Null { is_written: bool },
    /// The same object on all ways, which nothing has taken a reference of. Never where a loop begins.
    Borrowed(Borrowed),
}

impl Held {
    /// What is true of both.
    pub fn meet(self, other: Held) -> Held {
        match (self, other) {
            (Held::Number { of, is_written: left }, Held::Number { of: other, is_written: right }) if of == other => {
                Held::Number { of, is_written: left && right }
            }
            (Held::Null { is_written: left }, Held::Null { is_written: right }) => {
                Held::Null { is_written: left && right }
            }
            (Held::Borrowed(left), Held::Borrowed(right)) if left == right => self,
            _ => Held::Window,
        }
    }

    /// The same where a loop begins.
    pub fn in_loop(self) -> Held {
        if matches!(self, Held::Borrowed(_)) { Held::Window } else { self }
    }

    /// It is an object, if something is known of one.
    pub fn may_be_object(self) -> bool {
        matches!(self, Held::Window | Held::Borrowed(_))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Register {
    Window,
    Number {
        value: Value,
        is_written: bool,
    },
    Null {
        is_written: bool,
    },
    /// An object that something else holds: the window owns nothing here. See [`Borrowed`].
    Borrowed(Borrowed),
}

/// An object that a register has without a reference of its own. It is there as long as what it was read from is: code changes
/// no place that holds an object, and the VM is asked for nothing while something is borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Borrowed {
    pub tag: Tag,
    pub address: Value,
    /// The register, counted from the first one of all, whose object is or leads to what holds it; none if that is there as
    /// long as the code is.
    pub root: Option<usize>,
}

/// What the window does not have of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwritten {
    Number(Value),
    Null,
    Object(Borrowed),
}

/// What is known of all registers of a window, and of those behind it that functions use which became parts of the code.
/// Where a register is no matter of the window, the window owns nothing in it.
///
/// Registers are numbered from register 0 of the function that is translated, which is at [`State::offset`].
#[derive(Clone, Debug)]
pub struct State {
    registers: Vec<Register>,
    objects: Vec<Object>,
    /// What is known of objects on some of the ways that lead here.
    partial: Vec<Object>,
    /// Registers that hold natives, and their payloads.
    natives: Vec<(usize, u64)>,
    pub offset: usize,
}

impl State {
    /// The window has all of them.
    pub fn new(registers: usize) -> State {
        State {
            registers: vec![Register::Window; registers],
            objects: Vec::new(),
            partial: Vec::new(),
            natives: Vec::new(),
            offset: 0,
        }
    }

    /// How many registers there are, from the first one of all on.
    pub fn len(&self) -> usize {
        self.registers.len()
    }

    /// There are so many registers from the function's register 0 on.
    pub fn make_room(&mut self, registers: usize) {
        let length = self.registers.len().max(self.offset + registers);
        self.registers.resize(length, Register::Window);
    }

    fn place(&self, register: usize) -> Register {
        self.registers.get(self.offset + register).copied().unwrap_or(Register::Window)
    }

    fn place_mut(&mut self, register: usize) -> &mut Register {
        self.make_room(register + 1);
        &mut self.registers[self.offset + register]
    }

    /// What a register is, counted from the first one of all.
    pub fn held_at(&self, register: usize, function: &Function) -> Held {
        match self.registers.get(register).copied().unwrap_or(Register::Window) {
            Register::Window => Held::Window,
            Register::Borrowed(borrowed) => Held::Borrowed(borrowed),
            Register::Number { value, is_written } => Held::Number { of: function.type_of(value), is_written },
            Register::Null { is_written } => Held::Null { is_written },
        }
    }

    /// The value that a register is, if one is it.
    pub fn value(&self, register: usize) -> Option<Value> {
        match self.place(register) {
            Register::Number { value, .. } => Some(value),
            _ => None,
        }
    }

    pub fn is_null(&self, register: usize) -> bool {
        matches!(self.place(register), Register::Null { .. })
    }

    pub fn is_window(&self, register: usize) -> bool {
        self.place(register) == Register::Window
    }

    /// The object that a register has borrowed.
    pub fn borrowed(&self, register: usize) -> Option<Borrowed> {
        match self.place(register) {
            Register::Borrowed(borrowed) => Some(borrowed),
            _ => None,
        }
    }

    /// Registers that have borrowed from what another one holds, all counted from the first one of all.
    pub fn borrowers(&self, root: usize) -> Vec<usize> {
        let is_one = |place: &Register| matches!(place, Register::Borrowed(borrowed) if borrowed.root == Some(root));
        self.registers.iter().enumerate().filter(|(_, place)| is_one(place)).map(|(register, _)| register).collect()
    }

    /// What keeps alive what the object in a register holds: what that was borrowed from, or the register itself.
    pub fn root(&self, register: usize) -> Option<usize> {
        match self.place(register) {
            Register::Borrowed(borrowed) => borrowed.root,
            _ => Some(self.offset + register),
        }
    }

    /// The register that keeps alive what another one has borrowed, both counted from the first one of all.
    pub fn root_at(&self, register: usize) -> Option<usize> {
        match self.registers.get(register) {
            Some(Register::Borrowed(borrowed)) => borrowed.root,
            _ => None,
        }
    }

    /// The same of a register that is counted from the first one of all.
    pub fn is_borrowed_at(&self, register: usize) -> bool {
        matches!(self.registers.get(register), Some(Register::Borrowed(_)))
    }

    /// The object at an address has another shape now, in whatever register it is; of objects elsewhere none is known.
    pub fn set_shape(&mut self, address: Value, shape: u32) {
        for object in &mut self.objects {
            let is_it = object.address == address;
            if is_it {
                object.set_shapes(&[shape]);
            } else if object.tag != Tag::Closure {
                object.set_shapes(&[]);
                object.slots = 0;
                object.contents.clear();
            }
        }
    }

    /// A slot of the object at an address was seen to hold a number.
    pub fn note_read(&mut self, address: Value, slot: u32, value: Value) {
        for object in self.objects.iter_mut().filter(|object| object.address == address) {
            object.contents.retain(|content| content.slot != slot);
            object.contents.push(Content { slot, value, was_read: true });
        }
    }

    /// A slot of the record at an address holds something else now; of which records it is, is known by the shape alone.
    pub fn note_written(&mut self, address: Value, slot: Option<u32>, value: Option<Value>) {
        let shape = self.objects.iter().find(|object| object.address == address).and_then(|object| object.shape);
        let is_it = |content: &Content| slot.is_none_or(|slot| slot == content.slot);
        for object in self.objects.iter_mut().filter(|object| object.may_be(address, shape)) {
            let was_read = object.contents.iter().any(|content| is_it(content) && content.was_read);
            object.contents.retain(|content| !is_it(content));
            if let (true, Some(slot), Some(value)) = (object.address == address, slot, value) {
                object.contents.push(Content { slot, value, was_read });
            }
        }
    }

    /// What a slot of the object at an address is known to hold.
    pub fn content(&self, address: Value, slot: u32) -> Option<Value> {
        self.objects.iter().filter(|object| object.address == address).find_map(|object| object.content(slot))
    }

    /// Lists may have moved their items.
    pub fn forget_items(&mut self) {
        for object in &mut self.objects {
            object.items = None;
        }
    }

    /// The window has the register, or it has borrowed an object.
    pub fn may_be_object(&self, register: usize) -> bool {
        matches!(self.place(register), Register::Window | Register::Borrowed(_))
    }

    /// What the window does not have.
    pub fn unwritten(&self, register: usize) -> Option<Unwritten> {
        self.unwritten_at(self.offset + register)
    }

    /// The same of a register that is counted from the first one of all.
    pub fn unwritten_at(&self, register: usize) -> Option<Unwritten> {
        match self.registers.get(register).copied().unwrap_or(Register::Window) {
            Register::Number { value, is_written: false } => Some(Unwritten::Number(value)),
            Register::Null { is_written: false } => Some(Unwritten::Null),
            Register::Borrowed(borrowed) => Some(Unwritten::Object(borrowed)),
            _ => None,
        }
    }

    /// The window has it now, and owns it if it is an object.
    pub fn set_written(&mut self, register: usize) {
        match self.place_mut(register) {
            Register::Number { is_written, .. } | Register::Null { is_written } => *is_written = true,
            place @ Register::Borrowed(_) => *place = Register::Window,
            Register::Window => {}
        }
    }

    /// A register that no instruction reads any more, counted from the first one of all.
    pub fn forget_borrowed(&mut self, register: usize) {
        debug_assert!(matches!(self.registers[register], Register::Borrowed(_)));
        self.registers[register] = Register::Window;
        self.objects.retain(|object| object.register != register);
    }

    pub fn set_borrowed(&mut self, register: usize, borrowed: Borrowed) {
        self.set_object(register, borrowed.tag, borrowed.address);
        *self.place_mut(register) = Register::Borrowed(borrowed);
    }

    /// What is known of the object in a register.
    pub fn object(&self, register: usize) -> Option<&Object> {
        let register = self.offset + register;
        self.objects.iter().find(|object| object.register == register)
    }

    /// Something is known now of the object in a register, and so of whatever else holds it.
    pub fn note(&mut self, register: usize, note: impl Fn(&mut Object)) {
        let Some(address) = self.object(register).map(|object| object.address) else { return };
        self.objects.iter_mut().filter(|object| object.address == address).for_each(note);
    }

    /// A register is known to hold an object.
    pub fn set_object(&mut self, register: usize, tag: Tag, address: Value) {
        // Another register may hold the same.
        let same = self.objects.iter().find(|object| (object.tag, object.address) == (tag, address)).cloned();
        self.forget_object(register);
        let register = self.offset + register;
        self.objects.push(match same {
            Some(same) => Object { register, ..same },
            None => Object::new(register, tag, address),
        });
    }

    /// All that is known of objects.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// What may be known of objects on some ways: nothing can be built on it.
    pub fn partial(&self) -> &[Object] {
        &self.partial
    }

    pub fn set_partial(&mut self, partial: Vec<Object>) {
        self.partial = partial;
    }

    /// This is known of an object that a register holds.
    pub fn add_object(&mut self, object: Object) {
        self.objects.retain(|known| known.register != object.register);
        self.objects.push(object);
    }

    fn forget_object(&mut self, register: usize) {
        let register = self.offset + register;
        self.objects.retain(|object| object.register != register);
        self.partial.retain(|object| object.register != register);
        self.natives.retain(|native| native.0 != register);
    }

    /// A register of the window is known to hold a native.
    pub fn set_native(&mut self, register: usize, payload: u64) {
        self.natives.push((self.offset + register, payload));
    }

    /// The native that a register is known to hold.
    pub fn native(&self, register: usize) -> Option<u64> {
        let register = self.offset + register;
        self.natives.iter().find(|native| native.0 == register).map(|native| native.1)
    }

    /// Something ran that may have changed any object. They are still where they were.
    pub fn forget_contents(&mut self) {
        for object in self.objects.iter_mut().chain(&mut self.partial) {
            *object = object.without_contents();
        }
    }

    pub fn set(&mut self, register: usize, value: Value, is_written: bool) {
        self.forget_object(register);
        *self.place_mut(register) = Register::Number { value, is_written };
    }

    pub fn set_null(&mut self, register: usize, is_written: bool) {
        self.forget_object(register);
        *self.place_mut(register) = Register::Null { is_written };
    }

    /// All registers from one on are the window's: they are dead.
    pub fn forget_from(&mut self, register: usize) {
        let register = self.offset + register;
        self.registers.truncate(register);
        self.objects.retain(|object| object.register < register);
        self.partial.retain(|object| object.register < register);
        self.natives.retain(|native| native.0 < register);
    }

    /// What a register of the window owns is another one's now, and what was borrowed from it too.
    pub fn move_window(&mut self, to: usize, from: usize) {
        self.forget_object(to);
        let (to, from) = (self.offset + to, self.offset + from);
        self.registers.resize(self.registers.len().max(to + 1).max(from + 1), Register::Window);
        self.registers[to] = Register::Window;
        self.registers[from] = Register::Window;
        for place in &mut self.registers {
            if let Register::Borrowed(borrowed) = place
                && borrowed.root == Some(from)
            {
                borrowed.root = Some(to);
            }
        }
        for object in self.objects.iter_mut().filter(|object| object.register == from) {
            object.register = to;
        }
        for native in self.natives.iter_mut().filter(|native| native.0 == from) {
            native.0 = to;
        }
    }

    pub fn set_window(&mut self, register: usize) {
        self.forget_object(register);
        *self.place_mut(register) = Register::Window;
    }
}
