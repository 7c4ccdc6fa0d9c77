//! Names that the interpreter itself looks for, interned once.

use crate::interpreter::Operator;
use crate::memory::Symbol;

/// See the module.
#[derive(Clone, Copy)]
pub(crate) struct Names {
    /// In the order of `Operator`.
    pub operators: [OperatorNames; Operator::ALL.len()],
    pub negate: Symbol,
    pub get_index: Symbol,
    pub set_index: Symbol,
    pub length: Symbol,
    pub iterate: Symbol,
    pub compare: Symbol,
    /// What `<`, `<=`, `>` and `>=` ask a foreign object for before `compare`, in this order.
    pub tests: [Symbol; 4],
    pub ctor: Symbol,
    /// The method of instances that can be called.
    pub call: Symbol,
    pub equals: Symbol,
    pub hash: Symbol,
    /// The static of a builtin type that is called when the type is called.
    pub native_constructor: Symbol,
    /// The field of signals.
    pub value: Symbol,
}

/// The methods that decide what an operator with two operands means.
#[derive(Clone, Copy)]
pub(crate) struct OperatorNames {
    /// Of the left operand.
    pub method: Symbol,
    /// Of the right one.
    pub reverse: Symbol,
}

/// Getters stand among the methods of a class, under names that no program can write.
pub const GETTER_PREFIX: &str = "%get ";

impl Names {
    pub fn new() -> Names {
        Names {
            ctor: Symbol::intern("ctor"),
            call: Symbol::intern("call"),
            equals: Symbol::intern("equals"),
            hash: Symbol::intern("hash"),
            operators: Operator::ALL.map(|operator| OperatorNames {
                method: Symbol::intern(operator.method()),
                reverse: Symbol::intern(operator.reverse()),
            }),
            negate: Symbol::intern("negate"),
            get_index: Symbol::intern("get_index"),
            set_index: Symbol::intern("set_index"),
            length: Symbol::intern("length"),
            iterate: Symbol::intern("iterate"),
            compare: Symbol::intern("compare"),
            tests: ["lt", "le", "gt", "ge"].map(Symbol::intern),
            native_constructor: Symbol::intern(crate::builtins::CONSTRUCTOR),
            value: Symbol::intern("value"),
        }
    }

    /// The name of a field's getter, if any class has one of that name.
    pub fn getter(&self, field: Symbol) -> Option<Symbol> {
        Symbol::find(&format!("{GETTER_PREFIX}{}", field.as_str()))
    }

    /// The name of a new getter.
    pub fn define_getter(&self, field: Symbol) -> Symbol {
        Symbol::intern(&format!("{GETTER_PREFIX}{}", field.as_str()))
    }
}
