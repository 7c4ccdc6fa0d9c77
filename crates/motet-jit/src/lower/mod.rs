//! The typed form to machine code, by Cranelift.
//!
//! The code is a function of C's convention that takes the machine's context, the window and the frame, and gives the window
//! where it is when the function has returned, or null if it has left. Payloads of an exit's values are stored by the code;
//! tags, which are known, by the VM from a table. That keeps the code small, and compiling fast.
//!
//! A call writes the callee's frame, and calls the callee's code, which it finds through the handle. If that leaves, so does
//! the caller, at once: all that is alive is in its window, and its frame says where it goes on.

mod calls;

use crate::ir::{
    Block, Condition, End, ExitId, FloatFunction, FloatOperator, Function, Helper, IntOperator, Operation, Type, Value,
    Width,
};
use crate::translate::Translated;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{self as clif, AbiParam, InstBuilder, MemFlagsData, SigRef, Signature, types};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa, TargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_codegen::{Context, control::ControlPlane};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};
use motet_vm::jit::{Machine, Refused, delivery_to, places};
use motet_vm::memory::{Tag, Value as Register};
use std::mem::offset_of;

/// What Cranelift compiles for: this processor.
pub fn isa() -> Option<OwnedTargetIsa> {
    let mut flags = settings::builder();
    // The translation does what pays of Cranelift's optimisations itself, in a fraction of the time.
    for (name, value) in
        [("opt_level", "none"), ("enable_verifier", "false"), ("unwind_info", "false"), ("is_pic", "false")]
    {
        flags.set(name, value).ok()?;
    }
    let triple = target_lexicon::Triple::host();
    let mut builder = cranelift_codegen::isa::lookup(triple).ok()?;
    features(&mut builder);
    builder.finish(settings::Flags::new(flags)).ok()
}

/// What processors of today have, if this one has it.
#[cfg(target_arch = "x86_64")]
fn features(builder: &mut cranelift_codegen::isa::Builder) {
    let found = [
        ("has_sse3", std::arch::is_x86_feature_detected!("sse3")),
        ("has_ssse3", std::arch::is_x86_feature_detected!("ssse3")),
        ("has_sse41", std::arch::is_x86_feature_detected!("sse4.1")),
        ("has_sse42", std::arch::is_x86_feature_detected!("sse4.2")),
        ("has_avx", std::arch::is_x86_feature_detected!("avx")),
        ("has_bmi1", std::arch::is_x86_feature_detected!("bmi1")),
        ("has_bmi2", std::arch::is_x86_feature_detected!("bmi2")),
    ];
    for (name, _) in found.iter().filter(|(_, is_there)| *is_there) {
        // A name that Cranelift does not have changes nothing.
        let _ = builder.enable(name);
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn features(_: &mut cranelift_codegen::isa::Builder) {}

/// Machine code, and what it is for people, if that was asked for.
pub struct Lowered {
    pub code: Vec<u8>,
    pub listing: String,
}

/// See the module.
pub fn lower(isa: &dyn TargetIsa, translated: &Translated, is_listed: bool) -> Result<Lowered, Refused> {
    let mut context = Context::new();
    context.set_disasm(is_listed);
    context.func.signature = signature(isa.default_call_conv());
    let mut frontend = FunctionBuilderContext::new();
    let builder = FunctionBuilder::new(&mut context.func, &mut frontend);
    Lowering::new(translated, builder).run(isa);
    let code = context
        .compile(isa, &mut ControlPlane::default())
        .map_err(|error| Refused(format!("Cranelift: {:?}", error.inner)))?;
    if !code.buffer.relocs().is_empty() {
        return Err(Refused("Cranelift calls something".into()));
    }
    Ok(Lowered { code: code.code_buffer().to_vec(), listing: code.vcode.clone().unwrap_or_default() })
}

fn signature(convention: CallConv) -> Signature {
    let mut signature = Signature::new(convention);
    signature.params = vec![AbiParam::new(types::I64); 3];
    signature.returns = vec![AbiParam::new(types::I64)];
    signature
}

/// Memory that code reads and writes is there, and aligned.
fn flags() -> MemFlagsData {
    MemFlagsData::trusted()
}

struct Lowering<'a, 'b> {
    translated: &'a Translated,
    function: &'a Function,
    builder: FunctionBuilder<'b>,
    blocks: Vec<clif::Block>,
    values: Vec<Option<clif::Value>>,
    /// Blocks of the exits that are used.
    exits: Vec<Option<clif::Block>>,
    context: Option<clif::Value>,
    frame: Option<clif::Value>,
    base: Variable,
    signatures: Vec<(usize, SigRef)>,
}

impl<'a, 'b> Lowering<'a, 'b> {
    fn new(translated: &'a Translated, mut builder: FunctionBuilder<'b>) -> Lowering<'a, 'b> {
        let function = &translated.function;
        let blocks = function.blocks.iter().map(|_| builder.create_block()).collect();
        let base = builder.declare_var(types::I64);
        Lowering {
            translated,
            function,
            builder,
            blocks,
            values: vec![None; function.types.len()],
            exits: vec![None; function.exits.len()],
            context: None,
            frame: None,
            base,
            signatures: Vec::new(),
        }
    }

    fn run(mut self, isa: &dyn TargetIsa) {
        let entry = self.builder.create_block();
        self.builder.append_block_params_for_function_params(entry);
        self.builder.switch_to_block(entry);
        let &[context, base, frame] = self.builder.block_params(entry) else { unreachable!("three parameters") };
        self.context = Some(context);
        self.frame = Some(frame);
        self.builder.def_var(self.base, base);
        self.builder.ins().jump(self.blocks[0], &[]);
        // In an order in which values are made before they are used.
        for block in self.reachable() {
            self.block(block);
        }
        for exit in 0..self.exits.len() {
            self.exit(exit);
        }
        self.builder.seal_all_blocks();
        self.builder.finalize(isa.frontend_config());
    }

    fn reachable(&self) -> Vec<usize> {
        let mut seen = vec![false; self.function.blocks.len()];
        let mut result = Vec::new();
        let mut stack = vec![(0usize, 0usize)];
        seen[0] = true;
        while let Some((block, next)) = stack.pop() {
            let targets = self.function.blocks[block].end.targets();
            let Some(target) = targets.get(next).map(|target| target.0 as usize) else {
                result.push(block);
                continue;
            };
            stack.push((block, next + 1));
            if !std::mem::replace(&mut seen[target], true) {
                stack.push((target, 0));
            }
        }
        result.reverse();
        result
    }

    fn block(&mut self, number: usize) {
        let block = self.blocks[number];
        let data = &self.function.blocks[number];
        self.builder.switch_to_block(block);
        if data.is_cold {
            self.builder.set_cold_block(block);
        }
        for parameter in &data.parameters {
            let of = clif_type(self.function.type_of(*parameter));
            let value = self.builder.append_block_param(block, of);
            self.values[parameter.0 as usize] = Some(value);
        }
        for made in &data.operations {
            let value = self.operation(&made.operation);
            if let Some(result) = made.result {
                self.values[result.0 as usize] = value;
            }
        }
        match &data.end {
            End::Jump(target, arguments) => {
                let (target, arguments) = self.edge(*target, arguments);
                self.builder.ins().jump(target, &arguments);
            }
            End::Branch { condition, then, otherwise } => {
                let condition = self.value(*condition);
                let (then, then_arguments) = self.edge(then.0, &then.1);
                let (otherwise, arguments) = self.edge(otherwise.0, &otherwise.1);
                self.builder.ins().brif(condition, then, &then_arguments, otherwise, &arguments);
            }
            End::Exit(exit) => {
                let exit = self.exit_block(*exit);
                self.builder.ins().jump(exit, &[]);
            }
            End::Return => {
                let base = self.builder.use_var(self.base);
                self.builder.ins().return_(&[base]);
            }
            End::Tail { callee, environment } => self.tail(*callee, *environment),
            End::LastStep { at, word, next } => {
                let base = self.have_done(offset_of!(Machine, last_step), *at, *word, *next);
                self.builder.ins().return_(&[base]);
            }
            End::Open => unreachable!("the function is verified"),
        }
    }

    fn edge(&self, target: Block, arguments: &[Value]) -> (clif::Block, Vec<clif::BlockArg>) {
        let arguments = arguments.iter().map(|value| self.value(*value).into()).collect();
        (self.blocks[target.0 as usize], arguments)
    }

    fn value(&self, value: Value) -> clif::Value {
        self.values[value.0 as usize].expect("the function is verified")
    }

    fn exit_block(&mut self, exit: ExitId) -> clif::Block {
        if let Some(block) = self.exits[exit.0 as usize] {
            return block;
        }
        let block = self.builder.create_block();
        self.builder.set_cold_block(block);
        self.exits[exit.0 as usize] = Some(block);
        block
    }

    /// Stores what the window does not have, and gives the exit's number.
    fn exit(&mut self, number: usize) {
        let Some(block) = self.exits[number] else { return };
        self.builder.switch_to_block(block);
        for (register, value) in &self.function.exits[number].values {
            let of = self.function.type_of(*value);
            let value = self.value(*value);
            if of == Type::Bool {
                self.put_bool(*register, value);
            } else {
                let at = place(*register) + Register::PAYLOAD_OFFSET as i32;
                self.store(value, at);
            }
        }
        let context = self.context.expect("a parameter");
        let frame = self.frame.expect("a parameter");
        let number = (self.translated.number as i64) << 32 | number as i64;
        let number = self.builder.ins().iconst(types::I64, number);
        self.builder.ins().store(flags(), number, context, offset_of!(Machine, exit) as i32);
        self.builder.ins().store(flags(), frame, context, offset_of!(Machine, frame) as i32);
        self.leave();
    }

    /// Leaves; why is said.
    fn leave(&mut self) {
        let null = self.builder.ins().iconst(types::I64, 0);
        self.builder.ins().return_(&[null]);
    }

    fn store(&mut self, value: clif::Value, at: i32) {
        let base = self.builder.use_var(self.base);
        self.builder.ins().store(flags(), value, base, at);
    }

    /// A boolean's tag says which it is; its payload is zero.
    fn put_bool(&mut self, register: u32, value: clif::Value) {
        let tag = self.builder.ins().iadd_imm_u(value, Tag::False as i64);
        self.store(tag, place(register) + Register::TAG_OFFSET as i32);
        let zero = self.builder.ins().iconst(types::I64, 0);
        self.store(zero, place(register) + Register::PAYLOAD_OFFSET as i32);
    }

    /// Leaves if the condition is what is said.
    fn leave_if(&mut self, condition: clif::Value, is: bool, exit: ExitId) {
        let next = self.builder.create_block();
        let exit = self.exit_block(exit);
        let (then, otherwise) = if is { (exit, next) } else { (next, exit) };
        self.builder.ins().brif(condition, then, &[], otherwise, &[]);
        self.builder.switch_to_block(next);
    }

    fn operation(&mut self, operation: &Operation) -> Option<clif::Value> {
        Some(match operation {
            Operation::Int(number) => self.builder.ins().iconst(types::I64, *number),
            Operation::Float(bits) => self.builder.ins().f64const(f64::from_bits(*bits)),
            Operation::Bool(value) => self.builder.ins().iconst(types::I8, *value as i64),
            Operation::Checked { operator, left, right, exit } => {
                let (left, right) = (self.value(*left), self.value(*right));
                let (result, overflows) = match operator {
                    IntOperator::Add => self.builder.ins().sadd_overflow(left, right),
                    IntOperator::Subtract => self.builder.ins().ssub_overflow(left, right),
                    IntOperator::Multiply => self.builder.ins().smul_overflow(left, right),
                    other => unreachable!("{other:?} is not checked"),
                };
                self.leave_if(overflows, true, *exit);
                result
            }
            Operation::Wrapping { operator, left, right } => {
                let (left, right) = (self.value(*left), self.value(*right));
                self.wrapping(*operator, left, right)
            }
            Operation::FloatArithmetic { operator, left, right } => {
                let (left, right) = (self.value(*left), self.value(*right));
                match operator {
                    FloatOperator::Add => self.builder.ins().fadd(left, right),
                    FloatOperator::Subtract => self.builder.ins().fsub(left, right),
                    FloatOperator::Multiply => self.builder.ins().fmul(left, right),
                    FloatOperator::Divide => self.builder.ins().fdiv(left, right),
                }
            }
            Operation::FloatFunction { function, value } => {
                let value = self.value(*value);
                match function {
                    FloatFunction::Negate => self.builder.ins().fneg(value),
                    FloatFunction::SquareRoot => self.builder.ins().sqrt(value),
                    FloatFunction::Absolute => self.builder.ins().fabs(value),
                    FloatFunction::Floor => self.builder.ins().floor(value),
                    FloatFunction::Ceiling => self.builder.ins().ceil(value),
                }
            }
            Operation::ToInt(value) => {
                let value = self.value(*value);
                self.builder.ins().fcvt_to_sint_sat(types::I64, value)
            }
            Operation::SelectInt { condition, then, otherwise }
            | Operation::SelectFloat { condition, then, otherwise } => {
                let (then, otherwise) = (self.value(*then), self.value(*otherwise));
                let condition = self.value(*condition);
                self.builder.ins().select(condition, then, otherwise)
            }
            Operation::ToFloat(value) => {
                let value = self.value(*value);
                self.builder.ins().fcvt_from_sint(types::F64, value)
            }
            Operation::CompareInts { condition, left, right } => {
                let (left, right) = (self.value(*left), self.value(*right));
                let code = match condition {
                    Condition::Equal => IntCC::Equal,
                    Condition::NotEqual => IntCC::NotEqual,
                    Condition::Less => IntCC::SignedLessThan,
                    Condition::LessEqual => IntCC::SignedLessThanOrEqual,
                    Condition::Greater => IntCC::SignedGreaterThan,
                    Condition::GreaterEqual => IntCC::SignedGreaterThanOrEqual,
                    Condition::Below => IntCC::UnsignedLessThan,
                };
                self.builder.ins().icmp(code, left, right)
            }
            Operation::CompareFloats { condition, left, right } => {
                let (left, right) = (self.value(*left), self.value(*right));
                let code = match condition {
                    Condition::Equal => FloatCC::Equal,
                    Condition::NotEqual => FloatCC::NotEqual,
                    Condition::Less => FloatCC::LessThan,
                    Condition::LessEqual => FloatCC::LessThanOrEqual,
                    Condition::Greater => FloatCC::GreaterThan,
                    Condition::GreaterEqual => FloatCC::GreaterThanOrEqual,
                    Condition::Below => unreachable!("the function is verified"),
                };
                self.builder.ins().fcmp(code, left, right)
            }
            Operation::Not(value) => {
                let value = self.value(*value);
                self.builder.ins().bxor_imm_u(value, 1)
            }
            Operation::AddressOf(register) => {
                let base = self.builder.use_var(self.base);
                self.builder.ins().iadd_imm_s(base, place(*register) as i64)
            }
            Operation::Field { address, offset } => {
                let address = self.value(*address);
                self.builder.ins().iadd_imm_s(address, *offset as i64)
            }
            Operation::Address(address) => self.builder.ins().iconst(types::I64, *address as i64),
            Operation::Environment => {
                let frame = self.frame.expect("a parameter");
                self.builder.ins().load(types::I64, flags(), frame, places::FRAME_ENVIRONMENT as i32)
            }
            Operation::Load { width, address, offset } => {
                let address = self.value(*address);
                self.load(*width, address, *offset)
            }
            Operation::Store { width, address, offset, value } => {
                let (address, value) = (self.value(*address), self.value(*value));
                match width {
                    Width::Byte => self.builder.ins().istore8(flags(), value, address, *offset),
                    Width::Half | Width::SignedHalf => self.builder.ins().istore32(flags(), value, address, *offset),
                    _ => self.builder.ins().store(flags(), value, address, *offset),
                };
                return None;
            }
            Operation::Element { address, index } => {
                let (address, index) = (self.value(*address), self.value(*index));
                let offset = self.builder.ins().ishl_imm_u(index, size_of::<Register>().ilog2() as i64);
                self.builder.ins().iadd(address, offset)
            }
            Operation::Tag(register) => {
                let base = self.builder.use_var(self.base);
                self.load(Width::Byte, base, place(*register) + Register::TAG_OFFSET as i32)
            }
            Operation::Payload { register, width } => {
                let base = self.builder.use_var(self.base);
                self.load(*width, base, place(*register) + Register::PAYLOAD_OFFSET as i32)
            }
            Operation::Put { register, value } => {
                let of = self.function.type_of(*value);
                let value = self.value(*value);
                match crate::ir::tag_of(of) {
                    None => self.put_bool(*register, value),
                    Some(tag) => {
                        // The whole word, as the VM may read it.
                        let tag = self.builder.ins().iconst(types::I64, tag as i64);
                        self.store(tag, place(*register) + Register::TAG_OFFSET as i32);
                        self.store(value, place(*register) + Register::PAYLOAD_OFFSET as i32);
                    }
                }
                return None;
            }
            Operation::PutNull { register } => {
                let tag = self.builder.ins().iconst(types::I8, Tag::Null as i64);
                self.store(tag, place(*register) + Register::TAG_OFFSET as i32);
                let zero = self.builder.ins().iconst(types::I64, 0);
                self.store(zero, place(*register) + Register::PAYLOAD_OFFSET as i32);
                return None;
            }
            Operation::Guard { value, expected, exit } => {
                let value = self.value(*value);
                self.leave_if(value, !expected, *exit);
                return None;
            }
            Operation::SafePoint { exit } => {
                let context = self.context.expect("a parameter");
                let at = offset_of!(Machine, interrupt) as i32;
                let interrupt = self.builder.ins().load(types::I64, flags(), context, at);
                // Atomic: a plain load would be taken out of the loop.
                let word = self.builder.ins().atomic_load(types::I32, flags(), interrupt);
                self.leave_if(word, true, *exit);
                return None;
            }
            Operation::Fuse { exit } => {
                let context = self.context.expect("a parameter");
                let at = offset_of!(Machine, fuse) as i32;
                let left = self.builder.ins().load(types::I32, flags(), context, at);
                let left = self.builder.ins().iadd_imm_s(left, -1);
                self.builder.ins().store(flags(), left, context, at);
                self.leave_if(left, false, *exit);
                return None;
            }
            Operation::Call { helper, arguments } => {
                self.call(*helper, arguments);
                return None;
            }
            Operation::Stack { exit } => {
                let is_short = self.is_stack_short();
                self.leave_if(is_short, true, *exit);
                return None;
            }
            Operation::Room { registers, frames, exit } => {
                self.room(*registers, *frames, *exit);
                return None;
            }
            Operation::Step { at, word, next } => self.step(*at, *word, *next),
            Operation::Find { at, word, next, window, is_last, exit } => {
                self.find((*at, *word, *next), *window, *is_last, *exit)
            }
            Operation::FoundEnvironment => {
                let context = self.context.expect("a parameter");
                let at = offset_of!(Machine, environment) as i32;
                self.builder.ins().load(types::I64, flags(), context, at)
            }
            Operation::CallFound { next, window, callee, environment, result } => {
                let (callee, environment) = (self.value(*callee), self.value(*environment));
                let base = self.builder.use_var(self.base);
                let callee_base = self.builder.ins().iadd_imm_s(base, place(*window) as i64);
                let delivery = delivery_to(*result as u16);
                self.enter_callee(*next, *window, callee_base, callee, environment, delivery);
                return None;
            }
            Operation::CallFunction { at, word, next, window, callee } => {
                self.call_function((*at, *word, *next), *window, callee.as_ref());
                return None;
            }
        })
    }

    fn wrapping(&mut self, operator: IntOperator, left: clif::Value, right: clif::Value) -> clif::Value {
        match operator {
            IntOperator::Add => self.builder.ins().iadd(left, right),
            IntOperator::Subtract => self.builder.ins().isub(left, right),
            IntOperator::Multiply => self.builder.ins().imul(left, right),
            IntOperator::And => self.builder.ins().band(left, right),
            IntOperator::Modulo => {
                // The remainder has the sign of the dividend; the divisor is greater than 0.
                let rest = self.builder.ins().srem(left, right);
                let sum = self.builder.ins().iadd(rest, right);
                let is_negative = self.builder.ins().icmp_imm_s(IntCC::SignedLessThan, rest, 0);
                self.builder.ins().select(is_negative, sum, rest)
            }
            IntOperator::FloorDivide => {
                let quotient = self.builder.ins().sdiv(left, right);
                let rest = self.builder.ins().srem(left, right);
                let less = self.builder.ins().iadd_imm_s(quotient, -1);
                let is_negative = self.builder.ins().icmp_imm_s(IntCC::SignedLessThan, rest, 0);
                self.builder.ins().select(is_negative, less, quotient)
            }
        }
    }

    fn load(&mut self, width: Width, address: clif::Value, offset: i32) -> clif::Value {
        match width {
            Width::Byte => self.builder.ins().uload8(types::I64, flags(), address, offset),
            Width::Half => self.builder.ins().uload32(flags(), address, offset),
            Width::SignedHalf => self.builder.ins().sload32(flags(), address, offset),
            Width::Int | Width::Address => self.builder.ins().load(types::I64, flags(), address, offset),
            Width::Float => self.builder.ins().load(types::F64, flags(), address, offset),
        }
    }

    /// A signature of so many words, which gives one if it gives anything.
    fn signature(&mut self, words: usize) -> SigRef {
        if let Some((_, found)) = self.signatures.iter().find(|(known, _)| *known == words) {
            return *found;
        }
        let mut signature = Signature::new(self.builder.func.signature.call_conv);
        signature.params = vec![AbiParam::new(types::I64); words];
        signature.returns = vec![AbiParam::new(types::I64)];
        let found = self.builder.import_signature(signature);
        self.signatures.push((words, found));
        found
    }

    fn call_through(&mut self, at: usize, arguments: &[clif::Value]) -> clif::Value {
        let context = self.context.expect("a parameter");
        let function = self.builder.ins().load(types::I64, flags(), context, at as i32);
        let signature = self.signature(arguments.len());
        let call = self.builder.ins().call_indirect(signature, function, arguments);
        self.builder.inst_results(call)[0]
    }

    fn call(&mut self, helper: Helper, arguments: &[Value]) {
        let arguments: Vec<clif::Value> = arguments.iter().map(|value| self.value(*value)).collect();
        match helper {
            Helper::Release => {
                let tag = self.load(Width::Byte, arguments[0], Register::TAG_OFFSET as i32);
                let first = Tag::FIRST_HEAP as i64;
                let owns = self.builder.ins().icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, tag, first);
                let (cold, next) = (self.builder.create_block(), self.builder.create_block());
                self.builder.set_cold_block(cold);
                self.builder.ins().brif(owns, cold, &[], next, &[]);
                self.builder.switch_to_block(cold);
                self.call_through(offset_of!(Machine, release), &arguments);
                self.builder.ins().jump(next, &[]);
                self.builder.switch_to_block(next);
            }
            Helper::Clone => {
                self.call_through(offset_of!(Machine, clone), &arguments);
            }
        }
    }
}

fn clif_type(of: Type) -> clif::Type {
    match of {
        Type::Int | Type::Address => types::I64,
        Type::Float => types::F64,
        Type::Bool => types::I8,
    }
}

/// Where a register lies in the window.
fn place(register: u32) -> i32 {
    (register as usize * size_of::<Register>()) as i32
}
