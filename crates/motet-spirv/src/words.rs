//! Writes SPIR-V: sections of words, identifiers, types and constants that are declared once.
//!
//! Knows the form of SPIR-V and nothing of what is compiled.

use std::collections::HashMap;

/// Something that an instruction defines.
pub(crate) type Id = u32;

macro_rules! operations {
    ($($name:ident = $number:literal;)*) => {
        /// Operations of SPIR-V, by the names that its specification gives them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub(crate) enum Op {
            $($name = $number,)*
        }
    };
}

operations! {
    ExtInstImport = 11;
    ExtInst = 12;
    MemoryModel = 14;
    EntryPoint = 15;
    ExecutionMode = 16;
    Capability = 17;
    TypeVoid = 19;
    TypeBool = 20;
    TypeInt = 21;
    TypeFloat = 22;
    TypeVector = 23;
    TypeRuntimeArray = 29;
    TypeStruct = 30;
    TypePointer = 32;
    TypeFunction = 33;
    ConstantTrue = 41;
    ConstantFalse = 42;
    Constant = 43;
    Function = 54;
    FunctionEnd = 56;
    Variable = 59;
    Load = 61;
    Store = 62;
    AccessChain = 65;
    Decorate = 71;
    MemberDecorate = 72;
    CompositeExtract = 81;
    ConvertSToF = 111;
    ConvertUToF = 112;
    ConvertFToU = 109;
    UConvert = 113;
    SConvert = 114;
    FConvert = 115;
    Bitcast = 124;
    IAdd = 128;
    FAdd = 129;
    ISub = 130;
    FSub = 131;
    IMul = 132;
    FMul = 133;
    UDiv = 134;
    SDiv = 135;
    FDiv = 136;
    UMod = 137;
    SRem = 138;
    LogicalOr = 166;
    LogicalAnd = 167;
    LogicalNot = 168;
    Select = 169;
    IEqual = 170;
    INotEqual = 171;
    UGreaterThan = 172;
    SGreaterThan = 173;
    UGreaterThanEqual = 174;
    SGreaterThanEqual = 175;
    ULessThan = 176;
    SLessThan = 177;
    ULessThanEqual = 178;
    SLessThanEqual = 179;
    FOrdEqual = 180;
    FUnordNotEqual = 183;
    FOrdLessThan = 184;
    FOrdGreaterThan = 186;
    FOrdLessThanEqual = 188;
    FOrdGreaterThanEqual = 190;
    ShiftRightLogical = 194;
    ShiftRightArithmetic = 195;
    ShiftLeftLogical = 196;
    BitwiseOr = 197;
    BitwiseXor = 198;
    BitwiseAnd = 199;
    Not = 200;
    BitCount = 205;
    LoopMerge = 246;
    SelectionMerge = 247;
    Label = 248;
    Branch = 249;
    BranchConditional = 250;
    Return = 253;
}

/// A module that is being written. The sections stand in the order that SPIR-V asks for.
#[derive(Debug, Default)]
pub(crate) struct Words {
    next: Id,
    pub head: Vec<u32>,
    pub decorations: Vec<u32>,
    declarations: Vec<u32>,
    /// Variables of the function, which stand at its start.
    variables: Vec<u32>,
    pub body: Vec<u32>,
    declared: HashMap<(u16, Vec<u32>), Id>,
}

fn append(section: &mut Vec<u32>, op: Op, operands: &[u32]) {
    section.push((operands.len() as u32 + 1) << 16 | op as u32);
    section.extend(operands);
}

/// Text as words, with its end.
pub(crate) fn text(text: &str) -> Vec<u32> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.push(0);
    while !bytes.len().is_multiple_of(4) {
        bytes.push(0);
    }
    bytes.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect()
}

impl Words {
    pub fn id(&mut self) -> Id {
        self.next += 1;
        self.next
    }

    pub fn head(&mut self, op: Op, operands: &[u32]) {
        append(&mut self.head, op, operands);
    }

    pub fn decorate(&mut self, operands: &[u32]) {
        append(&mut self.decorations, Op::Decorate, operands);
    }

    pub fn decorate_member(&mut self, operands: &[u32]) {
        append(&mut self.decorations, Op::MemberDecorate, operands);
    }

    /// A type, the same one for the same operands.
    pub fn type_of(&mut self, op: Op, operands: &[u32]) -> Id {
        let key = (op as u16, operands.to_vec());
        if let Some(&known) = self.declared.get(&key) {
            return known;
        }
        let id = self.id();
        append(&mut self.declarations, op, &[&[id], operands].concat());
        self.declared.insert(key, id);
        id
    }

    /// A constant or a variable outside of functions: the type comes first. The same one for the same operands.
    pub fn declare(&mut self, op: Op, of: Id, operands: &[u32]) -> Id {
        let key = (op as u16, [&[of], operands].concat());
        if op != Op::Variable
            && let Some(&known) = self.declared.get(&key)
        {
            return known;
        }
        let id = self.id();
        append(&mut self.declarations, op, &[&[of, id], operands].concat());
        self.declared.insert(key, id);
        id
    }

    /// A constant whose name was given before.
    pub fn declare_as(&mut self, id: Id, op: Op, of: Id, operands: &[u32]) {
        append(&mut self.declarations, op, &[&[of, id], operands].concat());
    }

    /// A variable of the function.
    pub fn variable(&mut self, pointer: Id) -> Id {
        const FUNCTION: u32 = 7;
        let id = self.id();
        append(&mut self.variables, Op::Variable, &[pointer, id, FUNCTION]);
        id
    }

    /// An instruction without a result.
    pub fn put(&mut self, op: Op, operands: &[u32]) {
        append(&mut self.body, op, operands);
    }

    /// An instruction with a result.
    pub fn take(&mut self, op: Op, of: Id, operands: &[u32]) -> Id {
        let id = self.id();
        append(&mut self.body, op, &[&[of, id], operands].concat());
        id
    }

    pub fn label(&mut self, label: Id) {
        self.put(Op::Label, &[label]);
    }

    /// The module. `function` begins the function, up to its first label.
    pub fn finish(self, function: &[u32]) -> Vec<u32> {
        const MAGIC: u32 = 0x0723_0203;
        const VERSION_1_3: u32 = 0x0001_0300;
        let mut words = vec![MAGIC, VERSION_1_3, 0, self.next + 1, 0];
        for section in
            [&self.head, &self.decorations, &self.declarations, &function.to_vec(), &self.variables, &self.body]
        {
            words.extend(section);
        }
        words
    }
}
