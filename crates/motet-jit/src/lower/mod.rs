//! The typed form to machine code, by Cranelift.
//!
//! The code is a function of C's convention that takes the machine's context, the window and the frame, and gives the window
//! where it is when the function has returned, or null if it has left. Payloads of an exit's values are stored by the code;
//! tags, which are known, by the VM from a table. That keeps the code small, and compiling fast.
//!
//! A call writes the callee's frame, and calls the callee's code, which it finds through the handle. If that leaves, so does
//! the caller, at once: all that is alive is in its window, and its frame says where it goes on.

mod calls;
mod memory;
mod numbers;
mod texts;

use crate::ir::{Block, End, Environment, ExitId, Function, Operation, Type, Value};
use crate::translate::Translated;
use cranelift_codegen::ir::{self as clif, AbiParam, InstBuilder, MemFlagsData, SigRef, Signature, types};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa, TargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_codegen::{Context, control::ControlPlane};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};
use motet_vm::jit::{Machine, Refused, delivery_to};
use motet_vm::memory::Value as Register;
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
    /// Where exits find the frame, if there are loops, which have better use for a register.
    frame_slot: Option<clif::StackSlot>,
    base: Variable,
    signatures: Vec<(usize, SigRef)>,
    /// Where values are made by operations, by block and place in it.
    made: Vec<Option<(u32, u32)>>,
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
            frame_slot: None,
            base,
            signatures: Vec::new(),
            made: places_of(function),
        }
    }

    fn made(&self, value: Value) -> Option<&Operation> {
        let (block, at) = self.made[value.0 as usize]?;
        Some(&self.function.blocks[block as usize].operations[at as usize].operation)
    }

    /// The integer that a value always is.
    fn integer(&self, value: Value) -> Option<i64> {
        match self.made(value)? {
            Operation::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The float that a value always is.
    fn float(&self, value: Value) -> Option<f64> {
        match self.made(value)? {
            Operation::Float(bits) => Some(f64::from_bits(*bits)),
            Operation::ToFloat(value) => self.integer(*value).map(|number| number as f64),
            _ => None,
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
        if self.function.blocks.iter().any(|block| block.is_head) {
            let bytes = size_of::<u64>() as u32;
            let data = clif::StackSlotData::new(clif::StackSlotKind::ExplicitSlot, bytes, bytes.trailing_zeros() as u8);
            let slot = self.builder.create_sized_stack_slot(data);
            self.builder.ins().stack_store(types::I64, frame, slot, 0);
            self.frame_slot = Some(slot);
        }
        self.builder.ins().jump(self.blocks[0], &[]);
        // In an order in which values are made before they are used.
        for block in self.reachable() {
            self.block(block);
        }
        if self.exits.iter().any(Option::is_some) {
            let way_out = self.builder.create_block();
            self.builder.set_cold_block(way_out);
            let number = self.builder.append_block_param(way_out, types::I64);
            for exit in 0..self.exits.len() {
                self.exit(exit, way_out);
            }
            self.way_out(way_out, number);
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
                let frame = self.frame.expect("a parameter");
                let base = self.have_done(offset_of!(Machine, last_step), frame, *at, *word, *next);
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

    /// Stores what the window does not have, and leaves.
    fn exit(&mut self, number: usize, way_out: clif::Block) {
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
        for (register, _, address) in &self.function.exits[number].borrowed {
            let address = self.value(*address);
            self.call_through(offset_of!(Machine, retain), &[address]);
            self.store(address, place(*register) + Register::PAYLOAD_OFFSET as i32);
        }
        let context = self.context.expect("a parameter");
        for (number, frame) in self.function.exits[number].frames.iter().enumerate() {
            if let Environment::Value(value) = frame.environment {
                let (value, at) = (self.value(value), offset_of!(Machine, environments) + number * size_of::<u64>());
                self.builder.ins().store(flags(), value, context, at as i32);
            }
        }
        let number = self.builder.ins().iconst(types::I64, number as i64);
        self.builder.ins().jump(way_out, &[number.into()]);
    }

    /// What all exits end with: says which one it is, and in which frame.
    fn way_out(&mut self, block: clif::Block, number: clif::Value) {
        self.builder.switch_to_block(block);
        let frame = match self.frame_slot {
            Some(slot) => self.builder.ins().stack_load(types::I64, types::I64, slot, 0),
            None => self.frame.expect("a parameter"),
        };
        let context = self.context.expect("a parameter");
        let code = self.builder.ins().iconst(types::I64, i64::from(self.translated.number) << 32);
        let number = self.builder.ins().bor(number, code);
        self.builder.ins().store(flags(), number, context, offset_of!(Machine, exit) as i32);
        self.builder.ins().store(flags(), frame, context, offset_of!(Machine, frame) as i32);
        self.leave();
    }

    /// Leaves; why is said.
    fn leave(&mut self) {
        let null = self.builder.ins().iconst(types::I64, 0);
        self.builder.ins().return_(&[null]);
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
            Operation::Checked { .. }
            | Operation::Wrapping { .. }
            | Operation::FloatArithmetic { .. }
            | Operation::FloatFunction { .. }
            | Operation::ToInt(_)
            | Operation::SelectInt { .. }
            | Operation::SelectFloat { .. }
            | Operation::ToFloat(_)
            | Operation::CompareInts { .. }
            | Operation::CompareFloats { .. }
            | Operation::SameAddress { .. }
            | Operation::Not(_) => self.number(operation),
            Operation::AddressOf(_)
            | Operation::Field { .. }
            | Operation::Handle(_)
            | Operation::Environment
            | Operation::Load { .. }
            | Operation::Element { .. }
            | Operation::Tag(_)
            | Operation::Payload { .. } => self.read(operation),
            Operation::SameText { .. } | Operation::ByteOf { .. } | Operation::Character(_) => self.text(operation),
            Operation::Descends { class, kind } => self.descends(*class, *kind),
            Operation::Store { .. }
            | Operation::Put { .. }
            | Operation::PutNull { .. }
            | Operation::PutObject { .. }
            | Operation::Retain(_) => {
                self.change(operation);
                return None;
            }
            Operation::Signal { register, object, exit } => {
                self.read_signal(*register, *object, *exit);
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
                let word = self.builder.ins().band_imm_u(word, i64::from(!motet_vm::jit::places::UNINTERRUPTING));
                self.leave_if(word, true, *exit);
                return None;
            }
            Operation::Count { exit } => {
                self.count(*exit);
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
                let given = self.call(*helper, arguments);
                return given.filter(|_| helper.makes().is_some());
            }
            Operation::Stack { exit } => {
                let is_short = self.is_stack_short();
                self.leave_if(is_short, true, *exit);
                return None;
            }
            Operation::Room { registers, frames, is_calling, exit } => {
                self.room(*registers, *frames, *exit);
                if *is_calling {
                    let is_short = self.is_stack_short();
                    self.leave_if(is_short, true, *exit);
                }
                return None;
            }
            Operation::Step { at, word, next, reads, parts } => self.step((*at, *word, *next), *reads, parts),
            Operation::Find { at, word, next, window, is_last, exit, parts } => {
                let running = self.running(parts);
                self.find((*at, *word, *next), running, (*window, *is_last), *exit)
            }
            Operation::FoundEnvironment => {
                let context = self.context.expect("a parameter");
                let at = offset_of!(Machine, environment) as i32;
                self.builder.ins().load(types::I64, flags(), context, at)
            }
            Operation::CallFound { next, window, callee, environment, result, parts } => {
                let running = self.running(parts);
                let (callee, environment) = (self.value(*callee), self.value(*environment));
                let base = self.builder.use_var(self.base);
                let callee_base = self.builder.ins().iadd_imm_s(base, place(*window) as i64);
                let delivery = delivery_to(*result as u16);
                self.enter_callee((*next, *window), running, callee_base, callee, environment, delivery);
                return None;
            }
            Operation::CallFunction { at, word, next, window, callee, parts } => {
                let running = self.running(parts);
                self.call_function((*at, *word, *next), running, *window, callee.as_ref());
                return None;
            }
        })
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
}

fn places_of(function: &Function) -> Vec<Option<(u32, u32)>> {
    let mut places = vec![None; function.types.len()];
    for (number, block) in function.blocks.iter().enumerate() {
        for (at, made) in block.operations.iter().enumerate() {
            if let Some(result) = made.result {
                places[result.0 as usize] = Some((number as u32, at as u32));
            }
        }
    }
    places
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
