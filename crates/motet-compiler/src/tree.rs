//! The tree between reading forms and writing code: names are resolved to variables, macros are expanded, sugar is gone.
//! When a tree is complete, it is known of each variable whether it is captured and assigned, which decides where it lives.

use motet_code::{Datum, FunctionFlags, ModuleImport, Parameters};
use motet_syntax::form::Span;
use std::rc::Rc;

/// A module with its names resolved.
#[derive(Debug)]
pub struct Tree {
    pub variables: Vec<Variable>,
    /// None where a function has errors that leave nothing of it.
    pub functions: Vec<Option<Function>>,
    /// The functions in the order of their completion: each uses only earlier ones as constants.
    pub order: Vec<FunctionId>,
    pub main: FunctionId,
    pub imports: Vec<ModuleImport>,
    pub exports: Vec<Box<str>>,
    /// Where names are used, in the order of reading. A use that a macro made has the place of the macro's use.
    pub uses: Vec<Use>,
}

/// A use of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    pub span: Span,
    pub of: Used,
}

/// What a name means where it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Used {
    /// `Variable::span` is where it is defined.
    Variable(VariableId),
    /// The variable is assigned.
    Assigned(VariableId),
    /// A builtin or a global of the embedder.
    Extern(Box<str>),
    Macro(Box<str>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VariableId(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionId(pub u32);

/// Names a loop inside one function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoopId(pub u32);

#[derive(Debug)]
pub struct Variable {
    pub name: Box<str>,
    /// Where it is defined.
    pub span: Span,
    /// The function whose frame holds it.
    pub owner: FunctionId,
    /// Declared with `mut` or `var`.
    pub mutable: bool,
    /// Assigned after its definition.
    pub assigned: bool,
    pub captured: bool,
    /// Used by an inner function before it is defined.
    pub early: bool,
    /// While lowering: its definition has been read.
    pub defined: bool,
    pub known: Known,
}

/// What the compiler knows of an immutable variable's value.
#[derive(Clone, Debug)]
pub enum Known {
    Nothing,
    /// The function that the variable names; while that is being lowered, too.
    Function(FunctionId),
    Class(Rc<ClassFacts>),
    Enum(Rc<EnumFacts>),
    /// The case of an enum with this number.
    Case(Rc<EnumFacts>, usize),
    /// A list of pairs.
    Pairs,
}

#[derive(Debug)]
pub struct ClassFacts {
    pub name: Box<str>,
    /// The fields that a pattern with positions stands for, if the class alone decides them.
    pub positional: Option<Vec<Box<str>>>,
}

#[derive(Debug)]
pub struct EnumFacts {
    pub name: Box<str>,
    pub cases: Vec<CaseFacts>,
}

#[derive(Debug)]
pub struct CaseFacts {
    pub name: Box<str>,
    pub fields: Vec<Box<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// The top level of a module.
    Main,
    /// Written as a function.
    Plain,
    /// A method, getter or static method of a class.
    Method,
    Constructor,
    /// Made of an expression that is not evaluated where it stands (`async`, `spawn`, `generate`, …).
    Thunk,
}

#[derive(Debug)]
pub struct Function {
    pub name: Box<str>,
    pub span: Span,
    pub kind: FunctionKind,
    pub flags: FunctionFlags,
    pub parameters: Parameters,
    /// In the order of their registers.
    pub parameter_bindings: Vec<Parameter>,
    /// Variables of enclosing functions that this one uses, in the order of their first use.
    pub captures: Vec<VariableId>,
    /// A variable that stands for the function itself.
    pub own: VariableId,
    /// Register 0 of a method.
    pub self_variable: Option<VariableId>,
    pub requires: Vec<Contract>,
    pub ensures: Vec<Contract>,
    pub result_type: Option<Type>,
    /// What `result` means in `ensures`.
    pub result: Option<VariableId>,
    pub body: Expr,
    /// Uses nothing that exists only at run time: it becomes a constant, and calls of it name it.
    pub is_static: bool,
    /// How many static functions a chain of uses from here can be long.
    pub level: u32,
}

#[derive(Debug)]
pub struct Parameter {
    pub variable: VariableId,
    pub default: Option<Expr>,
    pub check: Option<Type>,
    /// Where a pattern stands in place of a name.
    pub pattern: Option<Pattern>,
}

/// A condition of a contract and its source.
#[derive(Debug)]
pub struct Contract {
    pub condition: Expr,
    pub text: Box<str>,
}

#[derive(Debug)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
    /// A variable of this function may be assigned inside.
    pub assigns: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
    MatMul,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// What a compound assignment does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compound {
    Arithmetic(Arithmetic),
    And,
    Or,
    Coalesce,
}

#[derive(Debug)]
pub enum ExprKind {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Imaginary(f64),
    Str(Box<str>),
    Symbol(Box<str>),
    Datum(Box<Datum>),
    Variable(VariableId),
    Extern(Box<str>),

    Negate(Box<Expr>),
    Not(Box<Expr>),
    /// At least two operands, from the left.
    Arithmetic(Arithmetic, Vec<Expr>),
    Compare(Comparison, Box<[Expr; 2]>),
    /// `operators[i]` stands between operands `i` and `i + 1`.
    Chain {
        operands: Vec<Expr>,
        operators: Vec<Comparison>,
    },
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Coalesce(Box<[Expr; 2]>),
    Range(Box<RangeParts>),
    Concat(Vec<Expr>),
    List(Vec<Item>),
    Record(Vec<RecordItem>),

    Field(Box<Field>),
    Index(Box<Index>),
    /// Around the outermost link of a chain in which some link is optional: null there ends the chain.
    OptionalChain(Box<Expr>),
    Call(Box<Call>),
    MethodCall(Box<MethodCall>),
    SuperCall(Box<SuperCall>),

    Function(FunctionId),
    Class(Box<Class>),

    Block(Box<Block>),
    /// Defines a variable; its value is the variable's.
    Define(VariableId, Box<Expr>),
    /// Defines the variables of a pattern; its value is the value.
    Destructure(Box<Destructure>),
    Assign(Box<Assign>),
    CompoundAssign(Box<CompoundAssign>),

    If(Box<If>),
    Loop(Box<Loop>),
    Break(LoopId, Option<Box<Expr>>),
    Continue(LoopId),
    Return(Option<Box<Expr>>),
    Throw(Box<Expr>),
    Yield(Box<Expr>),
    YieldAll(Box<Expr>),
    Await(Box<Expr>),
    Match(Box<Match>),
    Try(Box<Try>),
    Check(Box<Check>),
    Assert(Box<Assert>),
    Import(u32),
}

#[derive(Debug)]
pub struct RangeParts {
    pub start: Expr,
    pub end: Expr,
    pub step: Option<Expr>,
    pub inclusive: bool,
}

/// An element of a list or an argument.
#[derive(Debug)]
pub enum Item {
    Value(Expr),
    Spread(Expr),
}

#[derive(Debug)]
pub enum RecordItem {
    Named(Box<str>, Expr),
    Computed(Expr, Expr),
    Spread(Expr),
}

#[derive(Debug)]
pub struct Field {
    pub object: Expr,
    pub name: Box<str>,
    pub optional: bool,
}

#[derive(Debug)]
pub struct Index {
    pub object: Expr,
    pub index: Expr,
    pub optional: bool,
}

#[derive(Debug)]
pub struct Arguments {
    pub positional: Vec<Item>,
    pub named: Vec<(Box<str>, Expr)>,
    /// A record whose entries are the named arguments; then `named` is empty.
    pub record: Option<Expr>,
}

#[derive(Debug)]
pub struct Call {
    pub callee: Expr,
    pub arguments: Arguments,
}

#[derive(Debug)]
pub struct MethodCall {
    pub object: Expr,
    pub name: Box<str>,
    /// Where the name stands alone on a later line than the call's start: errors of the call point there.
    pub place: Option<Span>,
    pub arguments: Arguments,
    pub optional: bool,
}

#[derive(Debug)]
pub struct SuperCall {
    pub self_value: Expr,
    pub class: Expr,
    pub name: Box<str>,
    pub arguments: Arguments,
}

#[derive(Debug)]
pub struct Class {
    pub variable: VariableId,
    pub parent: Option<Expr>,
    pub name: Box<str>,
    pub positional: Vec<Box<str>>,
    pub other_fields: Vec<Box<str>>,
    pub methods: Vec<ClassMethod>,
}

#[derive(Debug)]
pub struct ClassMethod {
    pub name: Box<str>,
    pub kind: MethodKind,
    pub function: FunctionId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodKind {
    Method = 0,
    Static = 1,
    Getter = 2,
}

#[derive(Debug)]
pub struct Block {
    pub statements: Vec<Expr>,
    /// Variables of the block that inner functions may use before their definition.
    pub variables: Vec<VariableId>,
}

#[derive(Debug)]
pub struct Destructure {
    pub pattern: Pattern,
    pub value: Expr,
    /// The pattern's source, for the error.
    pub text: Box<str>,
}

#[derive(Debug)]
pub enum Target {
    Variable(VariableId),
    Field { object: Expr, name: Box<str> },
    Index { object: Expr, index: Expr },
}

#[derive(Debug)]
pub struct Assign {
    /// The type that a class declares for the field has been checked, or will be.
    pub checked: bool,
    pub target: Target,
    pub value: Expr,
}

#[derive(Debug)]
pub struct CompoundAssign {
    pub operation: Compound,
    pub target: Target,
    pub value: Expr,
}

#[derive(Debug)]
pub struct If {
    pub branches: Vec<(Expr, Expr)>,
    pub otherwise: Option<Expr>,
}

#[derive(Debug)]
pub struct Loop {
    pub id: LoopId,
    pub kind: LoopKind,
    pub body: Expr,
    /// Some `break` gives a value; else the loop's value is null.
    pub has_value: bool,
}

#[derive(Debug)]
pub enum LoopKind {
    While(Expr),
    Forever,
    /// The variable is the counter itself.
    Counted {
        variable: Option<VariableId>,
        range: RangeParts,
    },
    Each {
        iterable: Expr,
        index: Option<Pattern>,
        value: Pattern,
        text: Box<str>,
    },
}

#[derive(Debug)]
pub struct Match {
    pub subject: Expr,
    pub arms: Vec<Arm>,
    /// Without an arm that matches: an error, or (in `case`) null.
    pub total: bool,
}

#[derive(Debug)]
pub struct Arm {
    pub pattern: Pattern,
    pub guard: Option<Expr>,
    pub body: Expr,
}

#[derive(Debug)]
pub struct Try {
    pub body: Expr,
    pub catches: Vec<Catch>,
    pub finally: Option<Expr>,
}

#[derive(Debug)]
pub struct Catch {
    pub class: Option<Expr>,
    pub variable: Option<VariableId>,
    pub body: Expr,
}

/// A value that must be of a type.
#[derive(Debug)]
pub struct Check {
    pub value: Expr,
    pub check: Type,
    pub what: Box<str>,
}

#[derive(Debug)]
pub struct Assert {
    pub condition: Expr,
    pub message: Option<Expr>,
    pub text: Box<str>,
}

/// A type to test against. Optional and union types are tested by parts, so that nothing is built for them.
#[derive(Debug)]
pub struct Type {
    /// What the error of a failed check is about: the type, with its parameter if it has one.
    pub span: Span,
    pub or_null: bool,
    pub alternatives: Vec<Expr>,
    /// The whole type, where there is more than one alternative.
    pub whole: Option<Expr>,
}

#[derive(Debug)]
pub struct Pattern {
    pub kind: PatternKind,
    pub span: Span,
}

#[derive(Debug)]
pub enum PatternKind {
    Wildcard,
    Bind(VariableId),
    As(Box<Pattern>, VariableId),
    /// Equal to a value: a literal or a case without fields.
    Equal(Expr),
    /// A name that was looked up: `%matches` decides.
    Found(Expr),
    Range(Box<RangeParts>),
    Typed(Box<Pattern>, Box<Type>),
    /// All alternatives bind the same variables.
    Or(Vec<Pattern>),
    List {
        elements: Vec<Element>,
        rest: Rest,
    },
    Record {
        fields: Vec<FieldPattern>,
        rest: Option<VariableId>,
    },
    Class {
        class: Box<Expr>,
        positional: Vec<Pattern>,
        named: Vec<FieldPattern>,
    },
}

#[derive(Debug)]
pub struct Element {
    pub pattern: Pattern,
    pub default: Option<Expr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// The list ends here.
    None,
    /// More elements may follow.
    Ignored,
    Bound(VariableId),
}

#[derive(Debug)]
pub struct FieldPattern {
    pub name: Box<str>,
    /// The value is known to have the field.
    pub certain: bool,
    pub pattern: Pattern,
    pub default: Option<Expr>,
}

impl Tree {
    pub fn variable(&self, id: VariableId) -> &Variable {
        &self.variables[id.0 as usize]
    }

    pub fn function(&self, id: FunctionId) -> Option<&Function> {
        self.functions[id.0 as usize].as_ref()
    }
}

impl Expr {
    pub fn new(kind: ExprKind, span: Span) -> Expr {
        Expr { kind, span, assigns: false }
    }

    pub fn null(span: Span) -> Expr {
        Expr::new(ExprKind::Null, span)
    }

    pub fn string(text: &str, span: Span) -> Expr {
        Expr::new(ExprKind::Str(text.into()), span)
    }

    /// A call of a helper with positional arguments.
    pub fn helper(name: &str, arguments: Vec<Expr>, span: Span) -> Expr {
        let callee = Expr::new(ExprKind::Extern(name.into()), span);
        let positional = arguments.into_iter().map(Item::Value).collect();
        let arguments = Arguments { positional, named: Vec::new(), record: None };
        Expr::new(ExprKind::Call(Box::new(Call { callee, arguments })), span)
    }

    pub fn block(statements: Vec<Expr>, span: Span) -> Expr {
        Expr::new(ExprKind::Block(Box::new(Block { statements, variables: Vec::new() })), span)
    }
}

impl Pattern {
    pub fn new(kind: PatternKind, span: Span) -> Pattern {
        Pattern { kind, span }
    }
}
