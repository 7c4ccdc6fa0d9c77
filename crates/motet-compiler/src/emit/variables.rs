//! Where variables live: in a register, in a cell, captured, or nowhere, because they name a static function.

use super::emitter::{Emitter, Want};
use crate::tree::{Expr, FunctionId, VariableId};
use motet_code::{Constant, Op};

/// Where the value of a variable is found in the function that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Register(u16),
    /// A register that holds the variable's cell.
    Cell(u16),
    Captured(u16),
    CapturedCell(u16),
    /// The running function itself.
    Own,
    Static(FunctionId),
}

impl Emitter<'_, '_> {
    /// The static function that a variable names.
    pub fn static_function(&self, variable: VariableId) -> Option<FunctionId> {
        self.shared.static_function(variable)
    }

    fn is_cell(&self, variable: VariableId) -> bool {
        let variable = &self.shared.variables[variable.0 as usize];
        variable.early || variable.captured && variable.assigned
    }

    pub fn place_of(&mut self, variable: VariableId) -> Place {
        if variable == self.function.own {
            return Place::Own;
        }
        if let Some(id) = self.static_function(variable) {
            return Place::Static(id);
        }
        let cell = self.is_cell(variable);
        if let Some(index) = self.captures.get(&variable) {
            return if cell { Place::CapturedCell(*index) } else { Place::Captured(*index) };
        }
        let home = self.home(variable);
        if cell { Place::Cell(home) } else { Place::Register(home) }
    }

    /// The register of a variable of this function.
    pub fn home(&mut self, variable: VariableId) -> u16 {
        match self.homes.get(&variable) {
            Some((home, _)) => *home,
            None => self.allocate(variable),
        }
    }

    /// Gives a variable a register; one that is used early gets its cell at once.
    pub fn allocate(&mut self, variable: VariableId) -> u16 {
        if let Some((home, _)) = self.homes.get(&variable) {
            return *home;
        }
        let home = self.reserve(1);
        self.homes.insert(variable, (home, self.tries.len()));
        let variable = &self.shared.variables[variable.0 as usize];
        if variable.early {
            self.op_variant(Op::CellEmpty, home, 0, 0, variable.assigned);
        }
        home
    }

    /// A variable that needs a register.
    pub fn needs_home(&self, variable: VariableId) -> bool {
        self.static_function(variable).is_none()
            && !self.homes.contains_key(&variable)
            && !self.captures.contains_key(&variable)
    }

    pub fn read(&mut self, variable: VariableId, want: Want) {
        match self.place_of(variable) {
            Place::Register(home) => self.deliver(home, want),
            Place::Cell(home) => {
                let to = self.destination(want);
                let name = self.variable_name(variable);
                self.op(Op::CellGet, to, home, name);
                self.deliver(to, want);
            }
            Place::Captured(index) if want != Want::Discard => {
                let to = self.destination(want);
                self.op(Op::Captured, to, index, 0);
                self.deliver(to, want);
            }
            Place::CapturedCell(index) => {
                let to = self.destination(want);
                let name = self.variable_name(variable);
                self.op(Op::CapturedGet, to, index, name);
                self.deliver(to, want);
            }
            Place::Own if want != Want::Discard => {
                let to = self.destination(want);
                self.op(Op::CurrentFunction, to, 0, 0);
                self.deliver(to, want);
            }
            Place::Static(id) if want != Want::Discard => {
                let to = self.destination(want);
                let code = self.compiled_function(id);
                self.load_constant(to, Constant::Function(code));
                self.deliver(to, want);
            }
            Place::Captured(_) | Place::Own | Place::Static(_) => {}
        }
    }

    pub fn variable_name(&mut self, variable: VariableId) -> u16 {
        let name = self.shared.variables[variable.0 as usize].name.clone();
        self.symbol(&name)
    }

    /// Defines a variable of this function, or of the session, as the value of a register, which keeps it.
    pub fn define_from(&mut self, variable: VariableId, value: u16) {
        match self.place_of(variable) {
            Place::Register(home) => self.copy(home, value),
            Place::Cell(home) => self.fill_cell(variable, home, value),
            // A name of the session.
            Place::CapturedCell(index) => self.op(Op::CapturedSet, index, value, 0),
            Place::Captured(_) | Place::Own | Place::Static(_) => {}
        }
    }

    pub fn fill_cell(&mut self, variable: VariableId, home: u16, value: u16) {
        if self.shared.variables[variable.0 as usize].early {
            self.op(Op::CellDefine, home, value, 0);
        } else {
            self.op(Op::Cell, home, value, 0);
        }
    }

    pub fn define(&mut self, variable: VariableId, value: &Expr, want: Want) {
        match self.place_of(variable) {
            Place::Static(_) => self.read(variable, want),
            Place::Register(home) => {
                self.emit(value, Want::Into(home));
                self.deliver(home, want);
            }
            Place::Cell(_) | Place::CapturedCell(_) => {
                let register = match want {
                    Want::Into(register) => {
                        self.emit(value, want);
                        register
                    }
                    _ => self.operand(value),
                };
                self.define_from(variable, register);
                self.deliver(register, want);
            }
            Place::Captured(_) | Place::Own => {}
        }
    }
}
