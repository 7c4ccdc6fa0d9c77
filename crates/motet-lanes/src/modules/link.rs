//! Linking: modules of the middle form become one program for the module kernel.
//!
//! A program holds any number of instances, which share memories, tables, globals and functions as their imports and
//! exports say. Function 0 is the *driver*: it sets the instances up and makes the calls that were asked for, in order. All
//! that a program changes lies in the cells and memories of the process that runs it.

use super::compile::{Compiled, Places, compile};
use super::instructions::{self, IMMEDIATE, Opcode, encode};
use super::layout::{HEADER_TRAP, LISTED_CELLS, LISTS_START};
use motet_middle::{Constant, FunctionKind, Import, ItemKind, Memory, Module, Placement, Signature, Trap, Type};
use motet_spirv::{Origin, ProgramFunction};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// An instance in a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance(usize);

/// Something that an instance shows, and that another one can import.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A function of an instance, by its number in the program.
    Function(u32, Signature),
    /// A function of the host's, by the number of the service.
    Service(u32, Signature),
    /// A table, by its number in the program.
    Table(u32),
    /// A memory.
    Memory(u32),
    /// A global.
    Global(u32),
}

/// Why modules cannot be linked.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkError {
    /// Nothing has this name.
    UnknownImport {
        /// What is missing.
        import: Import,
    },
    /// What has this name is something else.
    IncompatibleImport {
        /// What was asked for.
        import: Import,
        /// How it differs.
        how: String,
    },
    /// A part is larger than a process can hold.
    TooLarge {
        /// Which part, and why.
        what: String,
    },
}

impl fmt::Display for LinkError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::UnknownImport { import } => {
                write!(out, "unknown import `{}` from `{}`", import.name, import.module)
            }
            LinkError::IncompatibleImport { import, how } => {
                write!(out, "incompatible import type: `{}` from `{}` {how}", import.name, import.module)
            }
            LinkError::TooLarge { what } => write!(out, "the module is too large for the lanes: {what}"),
        }
    }
}

impl std::error::Error for LinkError {}

/// A call that the driver makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The cell that holds the number of the trap that ended it, or 0; none for a call without a guard.
    pub(crate) outcome: Option<u32>,
    /// The cells of the arguments.
    pub(crate) arguments: Vec<u32>,
    /// The cells of the results.
    pub(crate) results: Vec<u32>,
    /// The types of the arguments.
    pub parameters: Vec<Type>,
    /// What comes back.
    pub types: Vec<Type>,
    /// Which of the program's steps it is.
    pub(crate) step: usize,
}

/// What the driver does, in order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// Sets the instance of a part up.
    SetUp { part: usize, guarded: bool },
    /// Calls a function.
    Call { function: u32, arguments: Vec<u64>, guarded: bool },
    /// Notes what a global holds.
    ReadGlobal(u32),
}

/// What a program is, for those who do not interpret it.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// The instances, with what their numbers mean in the program.
    pub linked: Vec<Linked>,
    /// All functions.
    pub functions: Vec<ProgramFunction>,
    /// All signatures, by their numbers.
    pub signatures: Vec<Signature>,
    pub tables: Vec<TableInfo>,
    /// The types of globals.
    pub globals: Vec<Type>,
    pub steps: Vec<Step>,
}

/// Where an instruction comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The function's name.
    pub function: String,
    /// Bytes from the start of its module.
    pub offset: u32,
}

/// A table of a program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableInfo {
    listed: u32,
    element: Type,
    pub minimum: u32,
    maximum: Option<u32>,
    /// Elements that there is room for.
    pub capacity: u32,
}

/// A memory of a program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct MemoryInfo {
    /// The cell in which it is listed.
    pub listed: u32,
    pub minimum: u32,
    pub maximum: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
struct GlobalInfo {
    cell: u32,
    of: Type,
    mutable: bool,
    /// What it holds at the start, if that is known.
    known: Option<u64>,
}

/// An instance, with what its module's numbers mean in the program.
#[derive(Debug, Default)]
pub(crate) struct Linked {
    pub module: Arc<Module>,
    pub functions: Vec<u32>,
    pub signatures: Vec<u32>,
    pub tables: Vec<u32>,
    pub memories: Vec<u32>,
    pub globals: Vec<u32>,
    exports: HashMap<String, (ItemKind, u32)>,
}

/// A function's entry in the program's list.
#[derive(Clone, Debug, Default)]
struct Entry {
    start: u32,
    registers: u32,
    signature: u32,
    memory: u32,
    far: u32,
    name: String,
    of: Signature,
    origin: Option<Origin>,
}

/// Puts a program together.
#[derive(Debug)]
pub struct Linker {
    entries: Vec<Entry>,
    /// Code of all functions but the driver, with targets that count from the function's start.
    code: Vec<[u32; 2]>,
    driver: Vec<[u32; 2]>,
    driver_registers: u32,
    signatures: HashMap<Signature, u32>,
    /// What the process's cells hold at the start, from `LISTS_START` on.
    cells: Vec<u64>,
    tables: Vec<TableInfo>,
    memories: Vec<MemoryInfo>,
    globals: Vec<GlobalInfo>,
    instances: Vec<Linked>,
    data: Vec<u8>,
    /// Cells that hold the place of data, which is known when all code is.
    data_cells: Vec<(u32, u32)>,
    places: Vec<(u32, u32, u32)>,
    services: HashMap<(u32, Signature), u32>,
    steps: Vec<Step>,
}

/// A program for the module kernel, ready to be loaded.
#[derive(Debug)]
pub struct Image {
    pub(crate) words: Vec<[u32; 2]>,
    pub(crate) cells: Vec<u64>,
    pub(crate) memories: Vec<MemoryInfo>,
    places: Vec<(u32, u32, u32)>,
    names: Vec<String>,
    pub(crate) parts: Parts,
    /// The first pair of words behind the instructions.
    code_end: usize,
}

impl Image {
    /// Where the instruction with this number comes from.
    pub fn place(&self, instruction: u32) -> Option<Place> {
        let index = self.places.partition_point(|(start, ..)| *start <= instruction).checked_sub(1)?;
        let (_, function, offset) = self.places[index];
        Some(Place { function: self.names[function as usize].clone(), offset })
    }

    /// A function's name.
    pub(crate) fn name_of(&self, function: u32) -> String {
        self.names.get(function as usize).cloned().unwrap_or_else(|| format!("function {function}"))
    }

    /// The instructions as text, a line each: number, name, operands.
    pub fn listing(&self) -> String {
        let mut text = String::new();
        let list = self.names.len() * 2;
        for (number, &[fields, immediate]) in self.words.iter().enumerate().take(self.code_end).skip(list) {
            let [opcode, destination, first, second] = fields.to_le_bytes();
            let known = instructions::ALL.iter().find(|instruction| instruction.opcode as u8 == opcode);
            let name = known.map_or("?", |instruction| instruction.name);
            text.push_str(&format!("{number:>6}  {name:<14} {destination:>3} {first:>3} {second:>3} {immediate:#x}\n"));
        }
        text
    }

    /// Bytes of memory that a process has at the start.
    pub fn memory_bytes(&self) -> u64 {
        self.memories.iter().map(|memory| u64::from(memory.minimum) * u64::from(Memory::PAGE)).sum()
    }
}

/// Elements that a table may have.
const MOST_ELEMENTS: u32 = 1 << 20;
/// Elements by which a table without a limit may grow.
const TABLE_GROWTH: u32 = 1_024;

impl Linker {
    /// A program without instances, with room for so many memories.
    pub fn new(memories: u32) -> Linker {
        // The driver is function 0.
        let entries = vec![Entry { name: "the driver".to_owned(), ..Entry::default() }];
        Linker {
            entries,
            code: Vec::new(),
            driver: Vec::new(),
            driver_registers: 4,
            signatures: HashMap::new(),
            cells: vec![0; (memories * LISTED_CELLS) as usize],
            tables: Vec::new(),
            memories: Vec::new(),
            globals: Vec::new(),
            instances: Vec::new(),
            data: Vec::new(),
            data_cells: Vec::new(),
            places: Vec::new(),
            services: HashMap::new(),
            steps: Vec::new(),
        }
    }

    /// What an instance shows under this name.
    pub fn export(&self, instance: Instance, name: &str) -> Option<Item> {
        let linked = &self.instances[instance.0];
        let (kind, index) = *linked.exports.get(name)?;
        let index = index as usize;
        Some(match kind {
            ItemKind::Function => {
                let number = linked.functions[index];
                Item::Function(number, self.entries[number as usize].of.clone())
            }
            ItemKind::Table => Item::Table(linked.tables[index]),
            ItemKind::Memory => Item::Memory(linked.memories[index]),
            ItemKind::Global => Item::Global(linked.globals[index]),
        })
    }

    /// The number in the program of a function of an instance.
    pub fn function(&self, instance: Instance, function: u32) -> u32 {
        self.instances[instance.0].functions[function as usize]
    }

    /// The cell and type of a global.
    pub fn global(&self, global: u32) -> (u32, Type) {
        let info = self.globals[global as usize];
        (info.cell, info.of)
    }

    /// Adds an instance of a module, whose imports `resolve` finds, and lets the driver set it up. The call tells whether
    /// that traps; with a guard the driver goes on then.
    pub fn instantiate(
        &mut self,
        module: &Arc<Module>,
        resolve: impl Fn(&Import) -> Option<Item>,
        guarded: bool,
    ) -> Result<(Instance, Call), LinkError> {
        let mut linked = Linked { module: Arc::clone(module), ..Linked::default() };
        let mut setup = Vec::new();
        self.import(module, &resolve, &mut linked, &mut setup)?;
        let signatures: Vec<u32> = module.signatures.iter().map(|of| self.signature(of)).collect();
        self.make_memories(module, &mut linked)?;
        self.make_tables(module, &mut linked)?;
        let memory = linked.memories.first().map_or(0, |&memory| self.memories[memory as usize].listed);
        // Numbers first, since functions call one another.
        for (number, (signature, function)) in (0..).zip(&module.functions) {
            if let FunctionKind::Defined(_) = function {
                linked.functions.push(self.entries.len() as u32);
                self.entries.push(Entry {
                    signature: signatures[*signature as usize],
                    memory,
                    name: module.name_of(number),
                    of: module.signatures[*signature as usize].clone(),
                    origin: Some(Origin::Defined { part: self.instances.len(), function: number }),
                    ..Entry::default()
                });
            }
        }
        self.make_globals(module, &mut linked, &mut setup);
        let data: Vec<u32> = module.data.iter().map(|data| self.list_data(&data.bytes)).collect();
        let elements: Vec<u32> =
            module.elements.iter().map(|elements| self.list_elements(elements, &linked, &mut setup)).collect();
        let tables: Vec<u32> = linked.tables.iter().map(|&table| self.tables[table as usize].listed).collect();
        let globals: Vec<u32> = linked.globals.iter().map(|&global| self.globals[global as usize].cell).collect();
        let places = Places {
            functions: &linked.functions,
            signatures: &signatures,
            tables: &tables,
            data: &data,
            elements: &elements,
            globals: &globals,
            memory,
        };
        for (number, (signature, function)) in (0..).zip(&module.functions) {
            let FunctionKind::Defined(function) = function else { continue };
            let of = &module.signatures[*signature as usize];
            let compiled = compile(module, &places, of, function).map_err(|too_large| LinkError::TooLarge {
                what: format!("`{}`: {too_large}", module.name_of(number)),
            })?;
            self.add_code(linked.functions[number as usize], compiled);
        }
        self.place_elements(module, &elements, &tables, &globals, &mut setup);
        self.place_data(module, &data, &globals, &mut setup);
        if let Some(start) = module.start {
            setup.push(encode(Opcode::Call, 0, 0, 0, linked.functions[start as usize]));
        }
        setup.push(encode(Opcode::Return, 0, 0, 0, 0));
        let function = self.entries.len() as u32;
        self.entries.push(Entry { memory, name: "the start".to_owned(), ..Entry::default() });
        self.add_code(function, Compiled { code: setup, places: vec![(0, 0)], registers: 8, far: 0 });
        for export in &module.exports {
            linked.exports.insert(export.name.clone(), (export.kind, export.index));
        }
        linked.signatures = signatures;
        let instance = Instance(self.instances.len());
        self.instances.push(linked);
        self.steps.push(Step::SetUp { part: instance.0, guarded });
        let call = self.drive(function, &Signature::default(), &[], guarded);
        Ok((instance, call))
    }

    /// Lets the driver call a function. Arguments are bits; with a guard the driver goes on after a trap.
    pub fn call(&mut self, function: u32, arguments: &[u64], guarded: bool) -> Call {
        let signature = self.entries[function as usize].of.clone();
        self.steps.push(Step::Call { function, arguments: arguments.to_vec(), guarded });
        self.drive(function, &signature, arguments, guarded)
    }

    /// Lets the driver call a function whose arguments each process brings along.
    pub fn call_later(&mut self, function: u32) -> Call {
        let signature = self.entries[function as usize].of.clone();
        let arguments = vec![0; signature.parameters.len()];
        self.steps.push(Step::Call { function, arguments: arguments.clone(), guarded: false });
        self.drive(function, &signature, &arguments, false)
    }

    /// Lets the driver note what a global holds then.
    pub fn read_global(&mut self, global: u32) -> Call {
        let info = self.globals[global as usize];
        let result = self.cell(0);
        self.driver.push(encode(Opcode::CellGet, 0, 0, 0, info.cell));
        self.driver.push(encode(Opcode::CellSet, 0, 0, 0, result));
        let (arguments, parameters) = (Vec::new(), Vec::new());
        let step = self.steps.len();
        self.steps.push(Step::ReadGlobal(global));
        Call { outcome: None, arguments, results: vec![result], parameters, types: vec![info.of], step }
    }

    fn drive(&mut self, function: u32, signature: &Signature, arguments: &[u64], guarded: bool) -> Call {
        let outcome = guarded.then(|| self.cell(0));
        let guard = self.driver.len();
        if guarded {
            self.driver.push(encode(Opcode::Guard, 0, 0, 0, 0));
        }
        let arguments: Vec<u32> = arguments.iter().map(|&bits| self.cell(bits)).collect();
        let results: Vec<u32> = signature.results.iter().map(|_| self.cell(0)).collect();
        for (register, &cell) in (0..).zip(&arguments) {
            self.driver.push(encode(Opcode::CellGet, register, 0, 0, cell));
        }
        self.driver.push(encode(Opcode::Call, 0, 0, 0, function));
        for (register, &cell) in (0..).zip(&results) {
            self.driver.push(encode(Opcode::CellSet, 0, register, 0, cell));
        }
        self.driver_registers = self.driver_registers.max(arguments.len().max(results.len()) as u32);
        if let Some(outcome) = outcome {
            let over = self.driver.len();
            self.driver.push(encode(Opcode::Jump, 0, 0, 0, over as u32 + 3));
            self.driver[guard][1] = over as u32 + 1;
            self.driver.push(encode(Opcode::CellGet, 0, 0, 0, HEADER_TRAP));
            self.driver.push(encode(Opcode::CellSet, 0, 0, 0, outcome));
        }
        let parameters = signature.parameters.to_vec();
        let step = self.steps.len() - 1;
        Call { outcome, arguments, results, parameters, types: signature.results.to_vec(), step }
    }

    /// Ends the program.
    pub fn finish(mut self) -> Image {
        self.driver.push(encode(Opcode::Return, 0, 0, 0, 0));
        let list = self.entries.len() as u32 * 2;
        let driver_start = list + self.code.len() as u32;
        self.entries[0].start = driver_start - list;
        self.entries[0].registers = self.driver_registers;
        let mut words = Vec::with_capacity((driver_start as usize) + self.driver.len());
        for entry in &self.entries {
            words.push([list + entry.start, entry.registers]);
            words.push([entry.signature, entry.memory | entry.far << 16]);
        }
        let starts = self.entries.iter().skip(1).map(|entry| entry.start).chain([driver_start - list]);
        let mut starts: Vec<u32> = starts.collect();
        starts.sort_unstable();
        for (at, instruction) in (0..).zip(&self.code) {
            let start = starts[starts.partition_point(|&start| start <= at) - 1];
            words.push(relocated(*instruction, list + start));
        }
        words.extend(self.driver.iter().map(|&instruction| relocated(instruction, driver_start)));
        let code_end = words.len();
        let data_start = words.len() as u32 * 8;
        for chunk in self.data.chunks(8) {
            let mut bytes = [0; 8];
            bytes[..chunk.len()].copy_from_slice(chunk);
            let [a, b, c, d, e, f, g, h] = bytes;
            words.push([u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h])]);
        }
        // A word behind the data is read together with its last ones.
        words.push([0, 0]);
        for (cell, offset) in &self.data_cells {
            self.cells[(cell - LISTS_START) as usize] = u64::from(data_start + offset);
        }
        for place in &mut self.places {
            place.0 += list;
        }
        self.places.push((driver_start, 0, 0));
        let mut signatures = vec![Signature::default(); self.signatures.len() + 1];
        for (of, number) in self.signatures {
            signatures[number as usize] = of;
        }
        let function = |entry: &Entry| ProgramFunction {
            origin: entry.origin.unwrap_or(Origin::None),
            signature: entry.signature,
        };
        let parts = Parts {
            linked: self.instances,
            functions: self.entries.iter().map(function).collect(),
            signatures,
            tables: self.tables,
            globals: self.globals.iter().map(|global| global.of).collect(),
            steps: self.steps,
        };
        let names = self.entries.into_iter().map(|entry| entry.name).collect();
        Image { words, cells: self.cells, memories: self.memories, places: self.places, names, parts, code_end }
    }

    fn add_code(&mut self, function: u32, compiled: Compiled) {
        let start = self.code.len() as u32;
        let entry = &mut self.entries[function as usize];
        entry.start = start;
        entry.registers = compiled.registers;
        entry.far = compiled.far;
        self.places.extend(compiled.places.iter().map(|&(at, offset)| (start + at, function, offset)));
        self.code.extend(compiled.code);
    }

    fn cell(&mut self, bits: u64) -> u32 {
        self.cells.push(bits);
        LISTS_START + self.cells.len() as u32 - 1
    }

    fn signature(&mut self, of: &Signature) -> u32 {
        // 0 is the one of functions that no program can call.
        let next = self.signatures.len() as u32 + 1;
        *self.signatures.entry(of.clone()).or_insert(next)
    }

    /// The function that asks the host for a service.
    fn service(&mut self, service: u32, of: &Signature) -> u32 {
        if let Some(&known) = self.services.get(&(service, of.clone())) {
            return known;
        }
        let function = self.entries.len() as u32;
        let signature = self.signature(of);
        let (name, origin) = ("the host".to_owned(), Some(Origin::Host { service }));
        self.entries.push(Entry { signature, name, of: of.clone(), origin, ..Entry::default() });
        let code = vec![encode(Opcode::Host, 0, 0, 0, service), encode(Opcode::Return, 0, 0, 0, 0)];
        let registers = of.parameters.len().max(of.results.len()).max(1) as u32;
        self.add_code(function, Compiled { code, places: vec![(0, 0)], registers, far: 0 });
        self.services.insert((service, of.clone()), function);
        function
    }

    // --- Imports. ---

    fn import(
        &mut self,
        module: &Module,
        resolve: &impl Fn(&Import) -> Option<Item>,
        linked: &mut Linked,
        setup: &mut Vec<[u32; 2]>,
    ) -> Result<(), LinkError> {
        let find = |import: &Import| resolve(import).ok_or_else(|| LinkError::UnknownImport { import: import.clone() });
        let wrong = |import: &Import, how: String| LinkError::IncompatibleImport { import: import.clone(), how };
        for (signature, function) in &module.functions {
            let FunctionKind::Imported(import) = function else { continue };
            let wanted = &module.signatures[*signature as usize];
            let number = match find(import)? {
                Item::Function(number, of) if of == *wanted => number,
                Item::Service(service, of) if of == *wanted => self.service(service, &of),
                Item::Function(..) | Item::Service(..) => {
                    return Err(wrong(import, "has another signature".to_owned()));
                }
                _ => return Err(wrong(import, "is not a function".to_owned())),
            };
            linked.functions.push(number);
        }
        for table in &module.tables {
            let Some(import) = &table.import else { continue };
            let Item::Table(number) = find(import)? else { return Err(wrong(import, "is not a table".to_owned())) };
            let info = self.tables[number as usize];
            if info.element != table.element || !fits(info.maximum, table.minimum, table.maximum) {
                return Err(wrong(import, "is a table of another kind or size".to_owned()));
            }
            if info.minimum < table.minimum {
                check_size(info.listed + 1, 0, table.minimum, setup);
            }
            linked.tables.push(number);
        }
        for memory in &module.memories {
            let Some(import) = &memory.import else { continue };
            let Item::Memory(number) = find(import)? else { return Err(wrong(import, "is not a memory".to_owned())) };
            let info = self.memories[number as usize];
            if !fits(info.maximum, memory.minimum, memory.maximum) {
                return Err(wrong(import, "is a memory of another size".to_owned()));
            }
            if info.minimum < memory.minimum {
                check_size(info.listed + 1, Memory::PAGE.trailing_zeros(), memory.minimum, setup);
            }
            linked.memories.push(number);
        }
        for global in &module.globals {
            let Some(import) = &global.import else { continue };
            let Item::Global(number) = find(import)? else { return Err(wrong(import, "is not a global".to_owned())) };
            let info = self.globals[number as usize];
            if info.of != global.of || info.mutable != global.mutable {
                return Err(wrong(import, "is a global of another kind".to_owned()));
            }
            linked.globals.push(number);
        }
        Ok(())
    }

    // --- What an instance has of its own. ---

    fn make_memories(&mut self, module: &Module, linked: &mut Linked) -> Result<(), LinkError> {
        for memory in module.memories.iter().filter(|memory| memory.import.is_none()) {
            let number = self.memories.len() as u32;
            let listed = LISTS_START + number * LISTED_CELLS;
            if (number + 1) * LISTED_CELLS > self.cells.len() as u32 || listed > 0xFFFF {
                return Err(LinkError::TooLarge { what: "it has too many memories".to_owned() });
            }
            linked.memories.push(number);
            self.memories.push(MemoryInfo { listed, minimum: memory.minimum, maximum: memory.maximum });
        }
        Ok(())
    }

    fn make_tables(&mut self, module: &Module, linked: &mut Linked) -> Result<(), LinkError> {
        for table in module.tables.iter().filter(|table| table.import.is_none()) {
            let (minimum, most) = (table.minimum, table.maximum.unwrap_or(u32::MAX));
            if minimum > MOST_ELEMENTS {
                return Err(LinkError::TooLarge { what: format!("a table of {minimum} elements") });
            }
            let capacity = most.min(minimum + TABLE_GROWTH);
            let start = LISTS_START + self.cells.len() as u32 + LISTED_CELLS;
            let listed = self.cell(u64::from(start));
            self.cell(u64::from(minimum));
            self.cell(u64::from(capacity));
            self.cells.extend(std::iter::repeat_n(0, capacity as usize));
            linked.tables.push(self.tables.len() as u32);
            let maximum = table.maximum;
            self.tables.push(TableInfo { listed, element: table.element, minimum, maximum, capacity });
        }
        Ok(())
    }

    fn make_globals(&mut self, module: &Module, linked: &mut Linked, setup: &mut Vec<[u32; 2]>) {
        for global in &module.globals {
            let Some(initial) = global.initial else { continue };
            let known = self.known(&initial, linked);
            let cell = self.cell(known.unwrap_or(0));
            if let (None, Constant::Global(from)) = (known, initial) {
                let from = self.globals[linked.globals[from as usize] as usize].cell;
                setup.push(encode(Opcode::CellGet, 0, 0, 0, from));
                setup.push(encode(Opcode::CellSet, 0, 0, 0, cell));
            }
            linked.globals.push(self.globals.len() as u32);
            let known = known.filter(|_| !global.mutable);
            self.globals.push(GlobalInfo { cell, of: global.of, mutable: global.mutable, known });
        }
    }

    /// The bits of a constant, if they are known before the program runs.
    fn known(&self, constant: &Constant, linked: &Linked) -> Option<u64> {
        match *constant {
            Constant::Value(_, bits) => Some(bits),
            Constant::Null(_) => Some(0),
            Constant::Function(function) => Some(u64::from(linked.functions[function as usize]) + 1),
            Constant::Global(global) => self.globals[linked.globals[global as usize] as usize].known,
        }
    }

    fn list_data(&mut self, bytes: &[u8]) -> u32 {
        let listed = self.cell(0);
        self.cell(bytes.len() as u64);
        self.data_cells.push((listed, self.data.len() as u32));
        self.data.extend(bytes);
        listed
    }

    fn list_elements(&mut self, elements: &motet_middle::Elements, linked: &Linked, setup: &mut Vec<[u32; 2]>) -> u32 {
        let start = LISTS_START + self.cells.len() as u32 + LISTED_CELLS;
        let listed = self.cell(u64::from(start));
        let length = if elements.placement == Placement::Declared { 0 } else { elements.items.len() };
        self.cell(length as u64);
        self.cell(length as u64);
        for item in &elements.items[..length] {
            let known = self.known(item, linked);
            let cell = self.cell(known.unwrap_or(0));
            if let (None, Constant::Global(from)) = (known, item) {
                let from = self.globals[linked.globals[*from as usize] as usize].cell;
                setup.push(encode(Opcode::CellGet, 0, 0, 0, from));
                setup.push(encode(Opcode::CellSet, 0, 0, 0, cell));
            }
        }
        listed
    }

    fn place_elements(
        &mut self,
        module: &Module,
        listed: &[u32],
        tables: &[u32],
        globals: &[u32],
        setup: &mut Vec<[u32; 2]>,
    ) {
        for (elements, &from) in module.elements.iter().zip(listed) {
            let Placement::Active(table, at) = elements.placement else { continue };
            bulk_arguments(&at, elements.items.len(), globals, setup);
            setup.push(encode(Opcode::TableCopy, 0, 0, 0, tables[table as usize]));
            setup.push(encode(Opcode::Operand, 0, 0, 0, from));
            setup.push(encode(Opcode::Drop, 0, 0, 0, from));
        }
    }

    fn place_data(&mut self, module: &Module, listed: &[u32], globals: &[u32], setup: &mut Vec<[u32; 2]>) {
        for (data, &from) in module.data.iter().zip(listed) {
            let Placement::Active(_, at) = data.placement else { continue };
            bulk_arguments(&at, data.bytes.len(), globals, setup);
            setup.push(encode(Opcode::MemoryInit, 0, 0, 0, from));
            setup.push(encode(Opcode::Drop, 0, 0, 0, from));
        }
    }
}

/// Goal, origin and number in the first three registers.
fn bulk_arguments(at: &Constant, count: usize, globals: &[u32], setup: &mut Vec<[u32; 2]>) {
    match *at {
        Constant::Global(global) => setup.push(encode(Opcode::CellGet, 0, 0, 0, globals[global as usize])),
        Constant::Value(_, bits) => setup.push(encode(Opcode::Constant, 0, 0, 0, bits as u32)),
        Constant::Function(_) | Constant::Null(_) => unreachable!("validation let a reference through as a place"),
    }
    setup.push(encode(Opcode::Constant, 1, 0, 0, 0));
    setup.push(encode(Opcode::Constant, 2, 0, 0, count as u32));
}

/// Whether something with this limit can be what was asked for. It may be smaller now, and have grown when it is used.
fn fits(maximum: Option<u32>, wanted_minimum: u32, wanted_maximum: Option<u32>) -> bool {
    maximum.is_none_or(|maximum| maximum >= wanted_minimum)
        && match (maximum, wanted_maximum) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(maximum), Some(wanted)) => maximum <= wanted,
        }
}

/// Traps unless what this cell says, without its lowest bits, is as large as was asked for.
fn check_size(cell: u32, bits: u32, wanted: u32, setup: &mut Vec<[u32; 2]>) {
    setup.push(encode(Opcode::CellGet, 0, 0, 0, cell));
    setup.push(encode(Opcode::ShiftRight64, 0, 0, IMMEDIATE, bits));
    setup.push(encode(Opcode::LessUnsigned, 0, 0, IMMEDIATE, wanted));
    setup.push(encode(Opcode::JumpUnless, 0, 0, 0, setup.len() as u32 + 2));
    setup.push(encode(Opcode::Trap, 0, 0, 0, Trap::IncompatibleImport as u32));
}

/// Targets count from the start of the program, not of the function.
fn relocated([fields, immediate]: [u32; 2], start: u32) -> [u32; 2] {
    let opcode = fields as u8;
    let jumps = [Opcode::Jump, Opcode::JumpIf, Opcode::JumpUnless, Opcode::Guard];
    match jumps.iter().any(|&jump| jump as u8 == opcode) {
        true => [fields, immediate + start],
        false => [fields, immediate],
    }
}

const _: () = assert!(IMMEDIATE as u32 > super::compile::MOST_REGISTERS);
