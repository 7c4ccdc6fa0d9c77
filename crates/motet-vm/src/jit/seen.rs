//! What was seen when code ran.

use crate::memory::Tag;
use std::collections::BTreeMap;

/// A set of tags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tags(u32);

impl Tags {
    /// One tag.
    pub const fn of(tag: Tag) -> Tags {
        Tags(1 << tag as u32)
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// These without the others.
    pub const fn without(self, others: Tags) -> Tags {
        Tags(self.0 & !others.0)
    }

    pub const fn contains(self, tag: Tag) -> bool {
        self.0 & Tags::of(tag).0 != 0
    }

    pub(crate) fn add_all(&mut self, others: Tags) {
        self.0 |= others.0;
    }

    pub(crate) fn add(&mut self, tag: Tag) {
        self.0 |= Tags::of(tag).0;
    }
}

/// What was seen at one instruction. It is a guess at what comes, and code guards what it takes from it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SeenAt {
    /// It has run.
    pub ran: bool,
    /// It calls a function of the program.
    pub calls: bool,
    /// What the registers held that its operands name. Of a call: the callee, and the first two arguments.
    pub a: Tags,
    pub b: Tags,
    pub c: Tags,
    /// What its result was, if it has one.
    pub result: Tags,
    /// The function of the program that it called, by its name (`jit::name`); 0 if that is not known, or not one alone.
    pub callee: u64,
    /// It called several.
    pub calls_many: bool,
    /// The native that it called, by its payload; 0 if that is not known, or not one alone.
    pub native: u64,
    /// How often code was left here because something was not as it had been seen, and what it is instead was not new.
    pub failures: u8,
    /// When something new was seen here, by [`Jit::clock`](super::Jit::clock).
    learnt_at: u32,
}

impl SeenAt {
    /// Code was left here. What was made before something new was seen here does not know better.
    pub(crate) fn fail(&mut self, made_at: u32) {
        if made_at > self.learnt_at {
            self.failures = self.failures.saturating_add(1);
        }
    }

    /// What others have seen, too.
    fn learn(&mut self, other: &SeenAt) {
        self.ran |= other.ran;
        self.calls |= other.calls;
        for (tags, others) in
            [(&mut self.a, other.a), (&mut self.b, other.b), (&mut self.c, other.c), (&mut self.result, other.result)]
        {
            tags.add_all(others);
        }
        let differ = |one: u64, other: u64| one != 0 && other != 0 && one != other;
        self.calls_many |= other.calls_many || differ(self.callee, other.callee) || differ(self.native, other.native);
        self.callee = if self.calls_many { 0 } else { self.callee.max(other.callee) };
        self.native = if self.calls_many { 0 } else { self.native.max(other.native) };
        self.failures = self.failures.max(other.failures);
    }
}

/// A static of a class that is an object, as an isolate has read it last.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FixedStatic {
    /// The address of the class; 0 if none was read.
    pub class: u64,
    /// What the class's version was; it changes with the static.
    pub version: u32,
    pub tag: u32,
    pub address: u64,
}

/// Where its parts lie, for machine code.
impl FixedStatic {
    pub const CLASS_OFFSET: usize = std::mem::offset_of!(FixedStatic, class);
    pub const VERSION_OFFSET: usize = std::mem::offset_of!(FixedStatic, version);
    pub const TAG_OFFSET: usize = std::mem::offset_of!(FixedStatic, tag);
    pub const ADDRESS_OFFSET: usize = std::mem::offset_of!(FixedStatic, address);
}

/// A field that objects of a shape got at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    pub before: u32,
    pub after: u32,
    pub slot: u32,
}

/// The function that a call of a method, a getter or `super` calls for receivers of one kind and shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenMethod {
    /// The receiver's kind and shape, as inline caches have them; 0 for `super`.
    pub key: u64,
    /// The function's name.
    pub callee: u64,
    /// Its closure captures something.
    pub captures: bool,
}

impl SeenMethod {
    /// The shape of the receivers.
    pub fn shape(&self) -> u32 {
        self.key as u32
    }
}

/// Fields in as many shapes of objects are found at one place, and methods of receivers of as many.
const MOST_SHAPES: usize = 4;

/// What was seen of a function, by instruction.
#[derive(Clone, Debug)]
pub struct Seen {
    words: usize,
    /// Empty until something is seen: most functions are never looked at.
    places: Box<[SeenAt]>,
    fields: BTreeMap<usize, Vec<u64>>,
    /// Kinds of statics of classes that were read; none if they were of several.
    statics: BTreeMap<usize, Option<Tag>>,
    /// None for places where objects of several shapes came, or of which some had the field.
    appended: BTreeMap<usize, Option<Appended>>,
    methods: BTreeMap<usize, Vec<SeenMethod>>,
}

impl Seen {
    pub(crate) fn new(words: usize) -> Seen {
        Seen {
            words,
            places: Box::default(),
            fields: BTreeMap::new(),
            statics: BTreeMap::new(),
            appended: BTreeMap::new(),
            methods: BTreeMap::new(),
        }
    }

    /// What others have seen, too.
    pub(crate) fn learn(&mut self, other: &Seen) {
        if self.places.is_empty() {
            self.places = vec![SeenAt::default(); self.words].into();
        }
        for (seen, other) in self.places.iter_mut().zip(&other.places) {
            seen.learn(other);
        }
        for (instruction, caches) in &other.fields {
            caches.iter().for_each(|cache| self.add_field(*instruction, *cache));
        }
        for (instruction, tag) in &other.statics {
            self.add_static(*instruction, *tag);
        }
        for (instruction, appended) in &other.appended {
            self.add_appended(*instruction, *appended);
        }
        for (instruction, methods) in &other.methods {
            for method in methods {
                self.add_method(*instruction, *method);
            }
        }
    }

    /// The functions that were called.
    pub(crate) fn callees(&self) -> impl Iterator<Item = u64> {
        let methods = self.methods.values().flatten().map(|method| method.callee);
        self.places.iter().map(|seen| seen.callee).chain(methods).filter(|callee| *callee != 0)
    }

    pub fn at(&self, instruction: usize) -> SeenAt {
        self.places.get(instruction).copied().unwrap_or_default()
    }

    /// Whether anything was seen.
    pub fn is_empty(&self) -> bool {
        self.places.iter().all(|seen| !seen.ran)
    }

    /// What is known of an instruction, to be compared with what is known later.
    pub(crate) fn known(&self, instruction: usize) -> impl PartialEq + use<> {
        let seen = self.at(instruction);
        let fields = self.fields.get(&instruction).map_or(0, Vec::len);
        let methods = self.methods.get(&instruction).map_or(0, Vec::len);
        let (many, tags) = (seen.calls_many, [seen.a, seen.b, seen.c, seen.result]);
        (tags, seen.callee, seen.native, many, fields, methods, self.appended(instruction))
    }

    /// Something new is known of an instruction.
    pub(crate) fn learnt(&mut self, instruction: usize, now: u32) {
        self.at_mut(instruction).learnt_at = now;
    }

    pub(crate) fn at_mut(&mut self, instruction: usize) -> &mut SeenAt {
        if self.places.is_empty() {
            self.places = vec![SeenAt::default(); self.words].into();
        }
        &mut self.places[instruction]
    }

    /// What an inline cache of an instruction that names a field holds for the objects that it was seen to work on; nothing
    /// if there were too many kinds of them.
    pub fn fields(&self, instruction: usize) -> &[u64] {
        let fields = self.fields.get(&instruction).map_or(&[][..], |fields| fields);
        if fields.len() > MOST_SHAPES { &[] } else { fields }
    }

    /// The field that objects get by an instruction.
    pub fn appended(&self, instruction: usize) -> Option<Appended> {
        self.appended.get(&instruction).copied().flatten()
    }

    pub(crate) fn add_appended(&mut self, instruction: usize, seen: Option<Appended>) {
        let known = self.appended.entry(instruction).or_insert(seen);
        if *known != seen {
            *known = None;
        }
    }

    /// Of which kind the static of a class is that an instruction reads, if it is an object.
    pub fn fixed(&self, instruction: usize) -> Option<Tag> {
        self.statics.get(&instruction).copied().flatten()
    }

    pub(crate) fn add_static(&mut self, instruction: usize, tag: Option<Tag>) {
        let known = self.statics.entry(instruction).or_insert(tag);
        if *known != tag {
            *known = None;
        }
    }

    /// The functions that an instruction was seen to call for what it works on; nothing if there were too many kinds of that.
    pub fn methods(&self, instruction: usize) -> &[SeenMethod] {
        let methods = self.methods.get(&instruction).map_or(&[][..], |methods| methods);
        if methods.len() > MOST_SHAPES { &[] } else { methods }
    }

    /// Which of them it is, if there are not too many.
    pub(crate) fn add_method(&mut self, instruction: usize, method: SeenMethod) -> Option<usize> {
        let methods = self.methods.entry(instruction).or_default();
        let known = methods.iter().position(|known| *known == method);
        if known.is_none() && methods.len() <= MOST_SHAPES {
            methods.push(method);
        }
        known.or(methods.len().checked_sub(1)).filter(|_| methods.len() <= MOST_SHAPES)
    }

    pub(crate) fn add_field(&mut self, instruction: usize, cache: u64) {
        let fields = self.fields.entry(instruction).or_default();
        if fields.len() <= MOST_SHAPES && !fields.contains(&cache) {
            fields.push(cache);
        }
    }
}
