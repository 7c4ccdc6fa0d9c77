//! Function bodies.

use crate::ReadError;
use crate::numeric::numeric;
use crate::sections::{null_type, unvalidated, value_type};
use motet_middle::{Load, Module, Operation, Signature, Store, Trap, Type};
use wasmparser::{BlockType, Operator, OperatorsReader};

/// The operations of a body, and the places of each.
pub(crate) fn read(
    module: &mut Module,
    operators: OperatorsReader<'_>,
) -> Result<(Vec<Operation>, Vec<u32>), ReadError> {
    let mut body = Body { operations: Vec::new(), places: Vec::new(), unreachable: false, skipped: 0 };
    for item in operators.into_iter_with_offsets() {
        let (operator, offset) = item?;
        // Modules are smaller than that.
        body.add(module, &operator, u32::try_from(offset).unwrap_or(u32::MAX));
    }
    Ok((body.operations, body.places))
}

struct Body {
    operations: Vec<Operation>,
    places: Vec<u32>,
    /// The present block has ended before its end: what follows never runs, and is left out.
    unreachable: bool,
    /// Blocks that began in what is left out.
    skipped: u32,
}

impl Body {
    fn add(&mut self, module: &mut Module, operator: &Operator<'_>, place: u32) {
        if self.unreachable {
            match operator {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                    self.skipped += 1;
                    return;
                }
                Operator::End if self.skipped > 0 => {
                    self.skipped -= 1;
                    return;
                }
                Operator::End | Operator::Else if self.skipped == 0 => self.unreachable = false,
                _ => return,
            }
        }
        let Some(operation) = operation(module, operator) else { return };
        self.unreachable = operation.ends_its_block();
        self.operations.push(operation);
        self.places.push(place);
    }
}

fn block(module: &mut Module, of: BlockType) -> u32 {
    let wanted = match of {
        BlockType::FuncType(index) => return index,
        BlockType::Empty => Signature::default(),
        BlockType::Type(of) => Signature { parameters: Box::default(), results: Box::new([value_type(of)]) },
    };
    let known = module.signatures.iter().position(|signature| *signature == wanted);
    known.unwrap_or_else(|| {
        module.signatures.push(wanted);
        module.signatures.len() - 1
    }) as u32
}

/// What an operator is in the middle form; nothing for one that does nothing.
fn operation(module: &mut Module, operator: &Operator<'_>) -> Option<Operation> {
    if let Some(numeric) = numeric(operator) {
        return Some(Operation::Numeric(numeric));
    }
    let load = |result, bytes, signed, offset| Operation::Load(Load { result, bytes, signed }, offset);
    let store = |value, bytes, offset| Operation::Store(Store { value, bytes }, offset);
    Some(match *operator {
        Operator::Nop => return None,
        Operator::Unreachable => Operation::Trap(Trap::Unreachable),
        Operator::Block { blockty } => Operation::Block(block(module, blockty)),
        Operator::Loop { blockty } => Operation::Loop(block(module, blockty)),
        Operator::If { blockty } => Operation::If(block(module, blockty)),
        Operator::Else => Operation::Else,
        Operator::End => Operation::End,
        Operator::Br { relative_depth } => Operation::Branch(relative_depth),
        Operator::BrIf { relative_depth } => Operation::BranchIf(relative_depth),
        Operator::BrTable { ref targets } => {
            // A table whose bytes are validated reads.
            let all = targets.targets().flatten().chain([targets.default()]);
            Operation::BranchTable(all.collect())
        }
        Operator::Return => Operation::Return,
        Operator::Call { function_index } => Operation::Call(function_index),
        Operator::CallIndirect { type_index, table_index } => {
            Operation::CallIndirect { table: table_index, signature: type_index }
        }
        Operator::Drop => Operation::Drop,
        Operator::Select | Operator::TypedSelect { .. } => Operation::Select,
        Operator::LocalGet { local_index } => Operation::LocalGet(local_index),
        Operator::LocalSet { local_index } => Operation::LocalSet(local_index),
        Operator::LocalTee { local_index } => Operation::LocalTee(local_index),
        Operator::GlobalGet { global_index } => Operation::GlobalGet(global_index),
        Operator::GlobalSet { global_index } => Operation::GlobalSet(global_index),
        Operator::I32Const { value } => Operation::Constant(Type::I32, u64::from(value.cast_unsigned())),
        Operator::I64Const { value } => Operation::Constant(Type::I64, value.cast_unsigned()),
        Operator::F32Const { value } => Operation::Constant(Type::F32, u64::from(value.bits())),
        Operator::F64Const { value } => Operation::Constant(Type::F64, value.bits()),
        Operator::I32Load { memarg } => load(Type::I32, 4, false, memarg.offset),
        Operator::I64Load { memarg } => load(Type::I64, 8, false, memarg.offset),
        Operator::F32Load { memarg } => load(Type::F32, 4, false, memarg.offset),
        Operator::F64Load { memarg } => load(Type::F64, 8, false, memarg.offset),
        Operator::I32Load8S { memarg } => load(Type::I32, 1, true, memarg.offset),
        Operator::I32Load8U { memarg } => load(Type::I32, 1, false, memarg.offset),
        Operator::I32Load16S { memarg } => load(Type::I32, 2, true, memarg.offset),
        Operator::I32Load16U { memarg } => load(Type::I32, 2, false, memarg.offset),
        Operator::I64Load8S { memarg } => load(Type::I64, 1, true, memarg.offset),
        Operator::I64Load8U { memarg } => load(Type::I64, 1, false, memarg.offset),
        Operator::I64Load16S { memarg } => load(Type::I64, 2, true, memarg.offset),
        Operator::I64Load16U { memarg } => load(Type::I64, 2, false, memarg.offset),
        Operator::I64Load32S { memarg } => load(Type::I64, 4, true, memarg.offset),
        Operator::I64Load32U { memarg } => load(Type::I64, 4, false, memarg.offset),
        Operator::I32Store { memarg } => store(Type::I32, 4, memarg.offset),
        Operator::I64Store { memarg } => store(Type::I64, 8, memarg.offset),
        Operator::F32Store { memarg } => store(Type::F32, 4, memarg.offset),
        Operator::F64Store { memarg } => store(Type::F64, 8, memarg.offset),
        Operator::I32Store8 { memarg } => store(Type::I32, 1, memarg.offset),
        Operator::I32Store16 { memarg } => store(Type::I32, 2, memarg.offset),
        Operator::I64Store8 { memarg } => store(Type::I64, 1, memarg.offset),
        Operator::I64Store16 { memarg } => store(Type::I64, 2, memarg.offset),
        Operator::I64Store32 { memarg } => store(Type::I64, 4, memarg.offset),
        Operator::MemorySize { .. } => Operation::MemorySize,
        Operator::MemoryGrow { .. } => Operation::MemoryGrow,
        Operator::MemoryCopy { .. } => Operation::MemoryCopy,
        Operator::MemoryFill { .. } => Operation::MemoryFill,
        Operator::MemoryInit { data_index, .. } => Operation::MemoryInit(data_index),
        Operator::DataDrop { data_index } => Operation::DataDrop(data_index),
        Operator::TableGet { table } => Operation::TableGet(table),
        Operator::TableSet { table } => Operation::TableSet(table),
        Operator::TableSize { table } => Operation::TableSize(table),
        Operator::TableGrow { table } => Operation::TableGrow(table),
        Operator::TableFill { table } => Operation::TableFill(table),
        Operator::TableCopy { dst_table, src_table } => Operation::TableCopy { to: dst_table, from: src_table },
        Operator::TableInit { elem_index, table } => Operation::TableInit { table, elements: elem_index },
        Operator::ElemDrop { elem_index } => Operation::ElementsDrop(elem_index),
        Operator::RefNull { hty } => Operation::Null(null_type(hty)),
        Operator::RefIsNull => Operation::IsNull,
        Operator::RefFunc { function_index } => Operation::FunctionReference(function_index),
        ref other => unvalidated(&format!("{other:?}")),
    })
}
