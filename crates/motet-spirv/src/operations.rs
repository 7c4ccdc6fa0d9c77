//! What each operation becomes.

use crate::compiler::{Compiler, LEAVE, Variable};
use crate::control::Kind;
use crate::kernel::Task;
use crate::shape::Ends;
use crate::words::{Id, Op};
use motet_middle::{Function, Numeric, Operation, Trap, Type};

impl Compiler<'_> {
    pub(crate) fn operation(
        &mut self,
        operation: &Operation,
        function: &Function,
        ends: &[Ends],
        index: usize,
        locals: &[Variable],
        outermost: usize,
    ) {
        let at = ends[index];
        match *operation {
            Operation::Loop(signature) => return self.begin_loop(signature, &function.body[index + 1..at.end]),
            Operation::If(signature) => {
                let otherwise = at.otherwise.unwrap_or(at.end);
                let (inside, other) = (&function.body[index + 1..otherwise], &function.body[otherwise..at.end]);
                return self.begin_condition(signature, inside, other);
            }
            _ => {}
        }
        self.open();
        match *operation {
            Operation::Block(signature) => self.begin(Kind::Block, signature),
            Operation::Loop(_) | Operation::If(_) | Operation::Else | Operation::End => {
                unreachable!("they are written above or by the caller")
            }
            Operation::Branch(depth) => self.branch(depth),
            Operation::BranchIf(depth) => self.branch_if(depth),
            Operation::BranchTable(ref depths) => self.branch_table(depths),
            Operation::Return => self.branch((self.frames.len() - outermost) as u32),
            Operation::Trap(trap) => {
                let of = self.boolean();
                let always = self.words.declare(Op::ConstantTrue, of, &[]);
                self.trap_if(always, trap);
                let leave = self.word(LEAVE);
                self.write(self.skip, leave);
                self.close();
            }
            Operation::Call(_) => {
                let callee = self.callee(operation);
                self.call(callee);
            }
            Operation::CallIndirect { table, signature } => self.call_indirect(table, signature),
            Operation::Drop => {
                self.stack.pop();
            }
            Operation::Select => {
                let (condition, _) = self.pop();
                let (no, of) = self.pop();
                let (yes, _) = self.pop();
                let none = self.word(0);
                let holds = self.test(Op::INotEqual, &[condition, none]);
                let type_id = self.type_id(of);
                let value = self.select(type_id, holds, yes, no);
                self.push(value, of);
            }
            Operation::LocalGet(local) => {
                let variable = locals[local as usize];
                let type_id = self.type_id(variable.of);
                let value = self.read(type_id, variable.id);
                self.push(value, variable.of);
            }
            Operation::LocalSet(local) => {
                let (value, _) = self.pop();
                self.write(locals[local as usize].id, value);
            }
            Operation::LocalTee(local) => {
                let (value, of) = self.pop();
                self.write(locals[local as usize].id, value);
                self.push(value, of);
            }
            Operation::GlobalGet(global) => {
                let variable = self.global(global);
                let type_id = self.type_id(variable.of);
                let value = self.read(type_id, variable.id);
                self.push(value, variable.of);
            }
            Operation::GlobalSet(global) => {
                let (value, of) = self.pop();
                let variable = self.global(global);
                let type_id = self.type_id(of);
                let whole = self.is_whole();
                let before = self.read(type_id, variable.id);
                let value = self.select(type_id, whole, value, before);
                self.write(variable.id, value);
            }
            Operation::Constant(of, bits) => {
                let value = self.constant(of, bits);
                self.push(value, of);
            }
            Operation::Numeric(numeric) => self.numeric_operation(numeric),
            Operation::Load(load, offset) => self.load(load, offset),
            Operation::Store(store, offset) => self.store(store, offset),
            Operation::MemorySize => {
                let pages = self.own_memory().pages;
                self.push(pages, Type::I32);
            }
            Operation::MemoryCopy | Operation::MemoryFill => self.bulk(operation),
            Operation::TableGet(table) => self.table_get(table),
            Operation::TableSet(table) => self.table_set(table),
            Operation::TableSize(table) => {
                let at = self.layout.tables[self.table(table) as usize];
                let size = self.read_state(at);
                self.push(size, Type::I32);
            }
            Operation::Null(of) => {
                let none = self.word(0);
                self.push(none, of);
            }
            Operation::IsNull => {
                let (reference, _) = self.pop();
                let (unsigned, none, one) = (self.unsigned(), self.word(0), self.word(1));
                let is_null = self.test(Op::IEqual, &[reference, none]);
                let value = self.select(unsigned, is_null, one, none);
                self.push(value, Type::I32);
            }
            Operation::FunctionReference(function) => {
                let number = self.program.parts[self.part].functions[function as usize];
                let reference = self.word(self.program.reference(number));
                self.push(reference, Type::Function);
            }
            Operation::MemoryGrow
            | Operation::MemoryInit(_)
            | Operation::DataDrop(_)
            | Operation::TableGrow(_)
            | Operation::TableFill(_)
            | Operation::TableCopy { .. }
            | Operation::TableInit { .. }
            | Operation::ElementsDrop(_) => self.ask_for(operation),
        }
    }

    fn callee(&self, operation: &Operation) -> u32 {
        self.plan.callee(self.program, self.part, operation).expect("a front end numbered the functions")
    }

    fn call(&mut self, callee: u32) {
        if self.plan.is_framed(callee) {
            return self.call_framed(callee);
        }
        let signature = self.program.signature_of(callee);
        let parameters: Vec<Variable> = signature.parameters.iter().map(|&of| self.state_variable(of)).collect();
        for variable in parameters.iter().rev() {
            let (value, _) = self.pop();
            self.write(variable.id, value);
        }
        self.inline(callee, parameters);
    }

    /// Checks the bounds here, where the place is known, and lets a function do the work.
    fn bulk(&mut self, operation: &Operation) {
        let [goal, second, count] = [3, 2, 1].map(|below| {
            let height = self.stack.len() - below;
            self.name(self.stack[height], height).0
        });
        self.check_range(goal, count);
        if *operation == Operation::MemoryCopy {
            self.check_range(second, count);
        }
        let callee = self.callee(operation);
        self.call(callee);
    }

    /// What the host carries out.
    fn ask_for(&mut self, operation: &Operation) {
        use Type::I32;
        let part = self.part;
        let of = &self.program.parts[part];
        let table = |table: u32| of.tables[table as usize];
        let element = |table: u32| of.module.tables[table as usize].element;
        let (task, parameters, results) = match *operation {
            Operation::MemoryGrow => (Task::MemoryGrow(of.memories[0]), vec![I32], vec![I32]),
            Operation::MemoryInit(data) => {
                (Task::MemoryInit { memory: of.memories[0], part, data }, vec![I32; 3], Vec::new())
            }
            Operation::DataDrop(data) => (Task::DataDrop { part, data }, Vec::new(), Vec::new()),
            Operation::TableGrow(to) => (Task::TableGrow(table(to)), vec![element(to), I32], vec![I32]),
            Operation::TableFill(to) => (Task::TableFill(table(to)), vec![I32, element(to), I32], Vec::new()),
            Operation::TableCopy { to, from } => {
                (Task::TableCopy { to: table(to), from: table(from) }, vec![I32; 3], Vec::new())
            }
            Operation::TableInit { table: to, elements } => {
                (Task::TableInit { table: table(to), part, elements }, vec![I32; 3], Vec::new())
            }
            Operation::ElementsDrop(elements) => (Task::ElementsDrop { part, elements }, Vec::new(), Vec::new()),
            ref other => unreachable!("{other:?} is carried out here"),
        };
        self.ask(task, &parameters, &results);
    }

    // --- Tables. ---

    /// The number of a table in the program.
    fn table(&self, table: u32) -> u32 {
        self.program.parts[self.part].tables[table as usize]
    }

    /// Checks an index, and gives the element's place in the state, and whether it is one.
    fn table_place(&mut self, table: u32, index: Id, trap: Trap) -> (Id, Id) {
        let at = self.layout.tables[self.table(table) as usize];
        let (unsigned, none, first) = (self.unsigned(), self.word(0), self.word(at + 1));
        let size = self.read_state(at);
        let inside = self.test(Op::ULessThan, &[index, size]);
        let outside = self.test(Op::LogicalNot, &[inside]);
        self.trap_if(outside, trap);
        let index = self.select(unsigned, inside, index, none);
        let word = self.take(Op::IAdd, unsigned, &[first, index]);
        (self.state_element_at(word), inside)
    }

    fn table_get(&mut self, table: u32) {
        let (index, _) = self.pop();
        let of = self.program.parts[self.part].module.tables[table as usize].element;
        let (element, _) = self.table_place(table, index, Trap::TableBounds);
        let value = self.read_word(element);
        self.push(value, of);
    }

    fn table_set(&mut self, table: u32) {
        let (value, _) = self.pop();
        let (index, _) = self.pop();
        let (element, inside) = self.table_place(table, index, Trap::TableBounds);
        let whole = self.is_whole();
        let both = self.test(Op::LogicalAnd, &[inside, whole]);
        self.when(both, |this| this.write(element, value));
    }

    fn call_indirect(&mut self, table: u32, signature: u32) {
        let (index, _) = self.pop();
        let number = self.program.parts[self.part].signatures[signature as usize];
        let of = self.program.signatures[number as usize].clone();
        let (element, inside) = self.table_place(table, index, Trap::UndefinedElement);
        let unsigned = self.unsigned();
        let (none, one, half, low) = (self.word(0), self.word(1), self.word(16), self.word(0xFFFF));
        let reference = self.read_word(element);
        let is_null = self.test(Op::IEqual, &[reference, none]);
        let is_null = self.test(Op::LogicalAnd, &[inside, is_null]);
        self.trap_if(is_null, Trap::UninitializedElement);
        let found = self.take(Op::ShiftRightLogical, unsigned, &[reference, half]);
        let wanted = self.word(number);
        let differs = self.test(Op::INotEqual, &[found, wanted]);
        self.trap_if(differs, Trap::SignatureMismatch);
        let callee = self.take(Op::BitwiseAnd, unsigned, &[reference, low]);
        let callee = self.take(Op::ISub, unsigned, &[callee, one]);
        self.leave_for(callee, &of.parameters, &of.results);
    }

    /// Whether nothing trapped yet.
    pub(crate) fn is_whole(&mut self) -> Id {
        let trap = self.read_word(self.trap);
        let none = self.word(0);
        self.test(Op::IEqual, &[trap, none])
    }

    pub(crate) fn numeric_operation(&mut self, numeric: Numeric) {
        let second = (numeric.operands().len() == 2).then(|| self.pop().0);
        let (first, _) = self.pop();
        let result = self.numeric(numeric, first, second.unwrap_or(first));
        self.push(result, numeric.result());
    }

    fn global(&mut self, global: u32) -> Variable {
        let number = self.program.parts[self.part].globals[global as usize];
        if let Some(&known) = self.globals.get(&number) {
            return known;
        }
        let of = self.program.globals[number as usize];
        let type_id = self.type_id(of);
        let variable = Variable { id: self.variable(type_id), of };
        self.globals.insert(number, variable);
        variable
    }
}
