//! The instruction set. One list, `operations!`; encoder, verifier, disassembler, the compiler's liveness analysis and the
//! interpreter's match all derive from it.
//!
//! # Registers
//!
//! A function sees a window of registers `r0..`. `r0` is the called function, or self in a method; arguments follow
//! from `r1`. `r0` belongs to the frame until it returns; all other registers obey one rule: **a dead register never
//! owns a value**. Code is in that form when it leaves the compiler. A register is written only while dead (`Def`), and
//! a value's last use takes it (the `LAST` flags, `Take`). What dies on a branch without a use is dropped by `Clear`.
//!
//! # Errors
//!
//! An operation that throws writes nothing: `Def` registers stay dead, `Update` registers keep their values, and operands
//! flagged `LAST` or `Take` are dropped or left for the unwinder, which drops all that the handler does not keep.

/// What an operand means. Together with the flags this is all that liveness and verification need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// Not used; zero.
    None,
    /// A register that is written; dead before.
    Def,
    /// A register that is read; taken if flagged `LAST`.
    Use,
    /// A register that holds a variable's cell and is read; taken if flagged `LAST`.
    UseCell,
    /// A register that is written with a new cell; dead before.
    DefCell,
    /// A register that is read and always taken.
    Take,
    /// A register that is read and written in place.
    Update,
    /// The first of `c` registers that are taken.
    TakeRange,
    /// The first of the registers that are taken, one for each name of the `Names` in `c`.
    RecordValues,
    /// A call's window: registers `a..=a+b` are taken, the result is written to `a`; no register above is live.
    Window,
    /// The first of three registers of a counted loop: the variable, iterations left, step. Read and written.
    Counter,
    /// The first of two registers of an iterator. Read and written.
    Iterator,
    /// The same, written only.
    IteratorDef,
    /// Two registers that are written: index or key, and value.
    DefPair,
    /// A register that is written; no register above is live, because a module may run from there.
    DefTop,
    /// A signed number of 16 bits.
    Immediate,
    /// A signed number of 32 bits in `b` and `c`.
    WideImmediate,
    /// A plain count.
    Count,
    /// Index of a constant.
    Constant,
    /// The same in `b` and `c`.
    WideConstant,
    /// Index of a constant that is a `Symbol`.
    Name,
    /// Index of a constant that is a list of `Names`.
    Names,
    /// Index of a constant that is a `Function`.
    Known,
    /// Index into `functions`.
    Prototype,
    /// Index into the function's captured values.
    Captured,
    /// The same, of one that is a variable's cell.
    CapturedCell,
    /// A jump, relative to the end of this instruction and its words.
    Jump,
    /// The same with 32 bits in `b` and `c`.
    WideJump,
}

/// What the list says about an operation.
#[derive(Clone, Copy, Debug)]
pub struct OpInfo {
    pub name: &'static str,
    pub doc: &'static str,
    pub a: Operand,
    pub b: Operand,
    pub c: Operand,
    /// Words that follow the instruction: an inline cache, or an operand more.
    pub words: usize,
}

/// Calls the macro `$callback` with the list of operations:
/// `"documentation" Name (a, b, c) words;`
#[macro_export]
macro_rules! operations {
    ($callback:ident) => {
        $callback! {
            // Moving values
            "a = b; b keeps its value" Copy (Def, Use, None) 0;
            "a = b; b is dead afterwards" Move (Def, Take, None) 0;
            "a = b where a still owns a value that an error handler may need until now; drops it" Assign (Update, Use, None) 0;
            "drops what a owns, if it owns anything" Clear (Take, None, None) 0;
            "a = null" Null (Def, None, None) 0;
            "a = b != 0, a boolean" Bool (Def, Immediate, None) 0;
            "a = the integer bc" Int (Def, WideImmediate, None) 0;
            "a = constant bc" Constant (Def, WideConstant, None) 0;

            // Captured and assigned variables
            "a = new cell holding b" Cell (DefCell, Use, None) 0;
            "a = new cell of a variable that is not defined yet; VARIANT: it may be assigned afterwards" CellEmpty (DefCell, None, None) 0;
            "a = what cell b holds; c names the variable for the error if it is not defined yet" CellGet (Def, UseCell, Name) 0;
            "cell a = b" CellSet (UseCell, Use, None) 0;
            "cell a = b, the variable's definition" CellDefine (UseCell, Use, None) 0;
            "cell a += b; the variable may be assigned" CellAdd (UseCell, Use, None) 0;
            "a = captured value b" Captured (Def, Captured, None) 0;
            "a = what captured cell b holds; c names the variable" CapturedGet (Def, CapturedCell, Name) 0;
            "captured cell a = b" CapturedSet (CapturedCell, Use, None) 0;
            "captured cell a += b; the variable may be assigned" CapturedAdd (CapturedCell, Use, None) 0;
            "a = the running function" CurrentFunction (Def, None, None) 0;

            // Arithmetic
            "a = b + c" Add (Def, Use, Use) 0;
            "a = b - c" Sub (Def, Use, Use) 0;
            "a = b * c" Mul (Def, Use, Use) 0;
            "a = b / c, never an integer" Div (Def, Use, Use) 0;
            "a = b // c, floored" FloorDiv (Def, Use, Use) 0;
            "a = b % c, with the sign of c" Mod (Def, Use, Use) 0;
            "a = b ** c" Pow (Def, Use, Use) 0;
            "a = b @ c, the matrix product" MatMul (Def, Use, Use) 0;
            "a = b + immediate c" AddI (Def, Use, Immediate) 0;
            "a = b - immediate c" SubI (Def, Use, Immediate) 0;
            "a = b * immediate c" MulI (Def, Use, Immediate) 0;
            "a = b // immediate c" FloorDivI (Def, Use, Immediate) 0;
            "a = b % immediate c" ModI (Def, Use, Immediate) 0;
            "a = b + constant c, a number" AddK (Def, Use, Constant) 0;
            "a = b - constant c, a number" SubK (Def, Use, Constant) 0;
            "a = b * constant c, a number" MulK (Def, Use, Constant) 0;
            "a = b / constant c, a number" DivK (Def, Use, Constant) 0;
            "a = b % constant c, a number" ModK (Def, Use, Constant) 0;
            "a = constant b - c" KSub (Def, Constant, Use) 0;
            "a = constant b / c" KDiv (Def, Constant, Use) 0;
            "a = constant b * c" KMul (Def, Constant, Use) 0;
            "a += b; strings grow in place" AddTo (Update, Use, None) 0;
            "a += immediate b" AddToI (Update, Immediate, None) 0;
            "a -= b" SubFrom (Update, Use, None) 0;
            "a = -b" Neg (Def, Use, None) 0;
            "a = not b" Not (Def, Use, None) 0;

            // Comparisons as values
            "a = (b == c)" Eq (Def, Use, Use) 0;
            "a = (b != c)" Ne (Def, Use, Use) 0;
            "a = (b < c)" Lt (Def, Use, Use) 0;
            "a = (b <= c)" Le (Def, Use, Use) 0;
            "a = whether b is an instance of class or type c" InstanceOf (Def, Use, Use) 0;

            // Jumps
            "jumps" Jump (None, WideJump, None) 0;
            "jumps backwards; a safe point" Loop (None, WideJump, None) 0;
            "jumps if a is neither null nor false" JumpIf (Use, WideJump, None) 0;
            "jumps if a is null or false" JumpIfNot (Use, WideJump, None) 0;
            "jumps if a is null" JumpIfNull (Use, WideJump, None) 0;
            "jumps if a is not null" JumpIfNotNull (Use, WideJump, None) 0;
            "jumps if argument a was given; else a is dead" JumpIfPresent (Update, WideJump, None) 0;
            "jumps if a < b" JumpLt (Use, Use, Jump) 0;
            "jumps unless a < b" JumpNotLt (Use, Use, Jump) 0;
            "jumps if a <= b" JumpLe (Use, Use, Jump) 0;
            "jumps unless a <= b" JumpNotLe (Use, Use, Jump) 0;
            "jumps if a == b" JumpEq (Use, Use, Jump) 0;
            "jumps unless a == b" JumpNotEq (Use, Use, Jump) 0;
            "jumps if a < immediate b" JumpLtI (Use, Immediate, Jump) 0;
            "jumps unless a < immediate b" JumpNotLtI (Use, Immediate, Jump) 0;
            "jumps if a <= immediate b" JumpLeI (Use, Immediate, Jump) 0;
            "jumps unless a <= immediate b" JumpNotLeI (Use, Immediate, Jump) 0;
            "jumps if a > immediate b" JumpGtI (Use, Immediate, Jump) 0;
            "jumps unless a > immediate b" JumpNotGtI (Use, Immediate, Jump) 0;
            "jumps if a >= immediate b" JumpGeI (Use, Immediate, Jump) 0;
            "jumps unless a >= immediate b" JumpNotGeI (Use, Immediate, Jump) 0;
            "jumps if a == immediate b" JumpEqI (Use, Immediate, Jump) 0;
            "jumps unless a == immediate b" JumpNotEqI (Use, Immediate, Jump) 0;
            "jumps if a < constant b, a float" JumpLtK (Use, Constant, Jump) 0;
            "jumps unless a < constant b, a float" JumpNotLtK (Use, Constant, Jump) 0;
            "jumps if a > constant b, a float" JumpGtK (Use, Constant, Jump) 0;
            "jumps unless a > constant b, a float" JumpNotGtK (Use, Constant, Jump) 0;
            "jumps if a == constant b, a string or number" JumpEqK (Use, Constant, Jump) 0;
            "jumps unless a == constant b, a string or number" JumpNotEqK (Use, Constant, Jump) 0;

            // Loops
            "a, a+1, a+2 hold start, end, step (integers): makes a counter of them, or jumps if it is empty; VARIANT: the end counts" ForPrepare (Counter, WideJump, None) 0;
            "steps a counter and jumps back while iterations are left; a safe point, though not each time" ForLoop (Counter, WideJump, None) 0;
            "a, a+1 = iterator over b" Iterate (IteratorDef, Use, None) 0;
            "b = next value of iterator a, or jumps if there is none" Next (Iterator, Def, Jump) 0;
            "b, b+1 = next index or key and value of iterator a, or jumps" NextPair (Iterator, DefPair, Jump) 0;

            // Functions
            "a = closure of prototype b over what its `captures` name" Closure (Def, Prototype, None) 0;
            "calls a with b arguments in the registers behind it" Call (Window, Count, None) 0;
            "calls constant c, a function that captures nothing, with b arguments behind a (a itself is dead)" CallKnown (Window, Count, Known) 1;
            "calls the running function with b arguments behind a; a is dead, or self in a method" CallSelf (Window, Count, None) 0;
            "calls a with b arguments, the last ones named by c; VARIANT: tail call" CallNamed (Window, Count, Names) 0;
            "calls a with the list a+1 as arguments and the record a+2 (or null) as named ones; b is 2; VARIANT: tail call" CallSpread (Window, Count, None) 0;
            "calls method c of a with b arguments" Method (Window, Count, Name) 3;
            "the same, the last arguments named by the constant in the word; VARIANT: tail call" MethodNamed (Window, Count, Name) 1;
            "calls method c of a with list a+1 and record a+2; b is 2; VARIANT: tail call" MethodSpread (Window, Count, Name) 1;
            "calls method c of self (a) as the parent of the class in the last register of the window has it; that register is no argument" Super (Window, Count, Name) 0;
            "the same, the last arguments before the class named by the constant in the word" SuperNamed (Window, Count, Name) 1;
            "the same with list a+1 and record a+2, class a+3; b is 3" SuperSpread (Window, Count, Name) 0;
            "returns what calling a gives, without a frame more" TailCall (Window, Count, None) 0;
            "the same for a known function" TailKnown (Window, Count, Known) 1;
            "the same for the running function" TailSelf (Window, Count, None) 0;
            "the same for a method" TailMethod (Window, Count, Name) 3;
            "returns a" Return (Take, None, None) 0;
            "returns null" ReturnNull (None, None, None) 0;
            "returns self: the end of a constructor" ReturnSelf (None, None, None) 0;
            "suspends a generator with value b; a = null when it goes on" Yield (Def, Use, None) 0;
            "a = result of future b, waiting for it; any other value is its own result" Await (Def, Use, None) 0;

            // Data
            "a = list of c values from b on" List (Def, TakeRange, Count) 0;
            "appends b to list a" ListPush (Update, Use, None) 0;
            "appends all that iterable b holds to list a" ListExtend (Update, Use, None) 0;
            "a = record with keys c and the values from b on" Record (Def, RecordValues, Names) 0;
            "sets all entries of record b in record a" RecordExtend (Update, Use, None) 0;
            "a = the strings of c values from b on, joined" Concat (Def, TakeRange, Count) 0;
            "a = range of b, b+1, b+2: start, end, step, each may be null; c is 3; VARIANT: the end counts" Range (Def, TakeRange, Count) 0;
            "a = b.c" GetField (Def, Use, Name) 1;
            "a.b = c; VARIANT: a type that the class declares for b has been checked" SetField (Use, Name, Use) 1;
            "a.b += c" AddField (Use, Name, Use) 1;
            "a = b[c]" GetIndex (Def, Use, Use) 0;
            "a = b[immediate c]" GetIndexI (Def, Use, Immediate) 0;
            "a[b] = c" SetIndex (Use, Use, Use) 0;
            "a[immediate b] = c" SetIndexI (Use, Immediate, Use) 0;
            "a[b] += c" AddIndex (Use, Use, Use) 0;

            // Patterns and types
            "a = whether b is a list of c elements; VARIANT: of at least c" IsList (Def, Use, Count) 0;
            "a = whether b is a record, map or instance with key c" HasKey (Def, Use, Name) 0;
            "a = the elements of list b from index c on" ListRest (Def, Use, Count) 0;
            "throws that no arm matched a" MatchFail (Use, None, None) 0;
            "throws unless a is of type b; c says what a is: a parameter's name, `result`" Check (Use, Use, Name) 0;

            // Classes and modules
            "a = class with parent b or null; c: its name, then its positional fields, an empty name, the fields its methods set" Class (Def, Use, Names) 0;
            "method c of class a is closure b; the word says 0 method, 1 static, 2 getter" ClassMethod (Use, Use, Name) 1;
            "a = exports of import bc; runs that module first if it has not run" Import (DefTop, WideImmediate, None) 0;
            "a (a record) is what this module exports; the end of a module" Exports (Take, None, None) 0;

            // Errors
            "throws a" Throw (Take, None, None) 0;
            "throws error a again, its trace unchanged" Rethrow (Take, None, None) 0;

            // Only in an isolate's copy of code, in the place of other operations; no compiler writes it
            "counts, notes or runs as machine code what stands here" Hot (None, None, None) 0;
        }
    };
}

macro_rules! declare {
    ($($doc:literal $name:ident ($a:ident, $b:ident, $c:ident) $words:literal;)*) => {
        /// An operation.
        #[allow(rustdoc::broken_intra_doc_links, reason = "`a = b[c]` is what an operation does, and no link")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Op {
            $(#[doc = $doc] $name,)*
        }

        const INFOS: &[OpInfo] = &[
            $(OpInfo { name: stringify!($name), doc: $doc, a: Operand::$a, b: Operand::$b, c: Operand::$c, words: $words },)*
        ];

        const ALL: &[Op] = &[$(Op::$name,)*];
    };
}

operations!(declare);

impl Op {
    /// All operations, in the order of their bytes.
    pub const ALL: &'static [Op] = ALL;

    pub fn from_byte(byte: u8) -> Option<Op> {
        ALL.get(byte as usize).copied()
    }

    pub const fn info(self) -> &'static OpInfo {
        &INFOS[self as usize]
    }

    /// Length in words of the instruction and what follows it.
    pub const fn length(self) -> usize {
        1 + self.info().words
    }

    /// True if control never goes on behind it.
    pub const fn ends_block(self) -> bool {
        matches!(
            self,
            Op::Jump
                | Op::Loop
                | Op::TailCall
                | Op::TailKnown
                | Op::TailSelf
                | Op::TailMethod
                | Op::Return
                | Op::ReturnNull
                | Op::ReturnSelf
                | Op::Exports
                | Op::MatchFail
                | Op::Throw
                | Op::Rethrow
        )
    }
}
