//! The sections of a module, one after the other.

use crate::ReadError;
use crate::body;
use motet_middle::{
    Constant, Data, Elements, Export, Function, FunctionKind, Global, Import, ItemKind, Memory, Module, Placement,
    Signature, Table, Type,
};
use wasmparser::{
    CompositeInnerType, ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind, FuncType, HeapType, KnownCustom,
    Name, Operator, Parser, Payload, RefType, TypeRef, ValType,
};

/// Reads a module that has been validated.
pub(crate) fn read(bytes: &[u8]) -> Result<Module, ReadError> {
    let mut module = Module::default();
    let mut signatures_of_functions = Vec::new();
    let mut bodies = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::TypeSection(types) => {
                for group in types {
                    for of in group?.into_types() {
                        let CompositeInnerType::Func(of) = &of.composite_type.inner else { unvalidated("a type") };
                        module.signatures.push(signature(of));
                    }
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    add_import(&mut module, &import);
                }
            }
            Payload::FunctionSection(functions) => {
                for signature in functions {
                    signatures_of_functions.push(signature?);
                }
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    module.tables.push(table_of(None, &table?.ty));
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    module.memories.push(memory_of(None, &memory?));
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    let global = global?;
                    let initial = Some(constant(&global.init_expr)?);
                    let of = value_type(global.ty.content_type);
                    module.globals.push(Global { import: None, of, mutable: global.ty.mutable, initial });
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    let kind = match export.kind {
                        ExternalKind::Func | ExternalKind::FuncExact => ItemKind::Function,
                        ExternalKind::Table => ItemKind::Table,
                        ExternalKind::Memory => ItemKind::Memory,
                        ExternalKind::Global => ItemKind::Global,
                        ExternalKind::Tag => unvalidated("a tag"),
                    };
                    module.exports.push(Export { name: export.name.to_owned(), kind, index: export.index });
                }
            }
            Payload::StartSection { func, .. } => module.start = Some(func),
            Payload::ElementSection(elements) => {
                for element in elements {
                    let element = element?;
                    let placement = match element.kind {
                        ElementKind::Passive => Placement::Passive,
                        ElementKind::Declared => Placement::Declared,
                        ElementKind::Active { table_index, offset_expr } => {
                            Placement::Active(table_index.unwrap_or(0), constant(&offset_expr)?)
                        }
                    };
                    let (of, items) = match element.items {
                        ElementItems::Functions(items) => {
                            let items = items.into_iter().map(|item| Ok(Constant::Function(item?)));
                            (Type::Function, items.collect::<Result<_, ReadError>>()?)
                        }
                        ElementItems::Expressions(of, items) => {
                            let items = items.into_iter().map(|item| constant(&item?));
                            (reference_type(of), items.collect::<Result<_, ReadError>>()?)
                        }
                    };
                    module.elements.push(Elements { placement, of, items });
                }
            }
            Payload::DataSection(all) => {
                for data in all {
                    let data = data?;
                    let placement = match data.kind {
                        DataKind::Passive => Placement::Passive,
                        DataKind::Active { memory_index, offset_expr } => {
                            Placement::Active(memory_index, constant(&offset_expr)?)
                        }
                    };
                    module.data.push(Data { placement, bytes: data.data.to_vec() });
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body),
            Payload::CustomSection(custom) => {
                // What is said about names breaks no rule, whatever it says.
                if let KnownCustom::Name(names) = custom.as_known() {
                    for name in names {
                        if let Ok(Name::Function(functions)) = name {
                            read_names(&mut module, functions);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    for (signature, body) in signatures_of_functions.into_iter().zip(bodies) {
        let function = read_function(&mut module, &body)?;
        module.functions.push((signature, FunctionKind::Defined(function)));
    }
    Ok(module)
}

/// What validation has ruled out.
pub(crate) fn unvalidated(what: &str) -> ! {
    unreachable!("validation let {what} through that is not understood here")
}

fn read_function(module: &mut Module, body: &wasmparser::FunctionBody<'_>) -> Result<Function, ReadError> {
    let mut locals = Vec::new();
    for group in body.get_locals_reader()? {
        let (count, of) = group?;
        locals.extend(std::iter::repeat_n(value_type(of), count as usize));
    }
    let (operations, places) = body::read(module, body.get_operators_reader()?)?;
    Ok(Function { locals, body: operations, places })
}

fn read_names(module: &mut Module, functions: wasmparser::NameMap<'_>) {
    for naming in functions.into_iter().flatten() {
        let index = naming.index as usize;
        // Numbers of functions that do not exist are no reason to make room for them.
        if index < 1_000_000 {
            if module.names.len() <= index {
                module.names.resize(index + 1, None);
            }
            module.names[index] = Some(naming.name.to_owned());
        }
    }
}

fn add_import(module: &mut Module, import: &wasmparser::Import<'_>) {
    let from = Import { module: import.module.to_owned(), name: import.name.to_owned() };
    match &import.ty {
        TypeRef::Func(signature) | TypeRef::FuncExact(signature) => {
            module.functions.push((*signature, FunctionKind::Imported(from)));
        }
        TypeRef::Table(of) => module.tables.push(table_of(Some(from), of)),
        TypeRef::Memory(of) => module.memories.push(memory_of(Some(from), of)),
        TypeRef::Global(of) => module.globals.push(Global {
            import: Some(from),
            of: value_type(of.content_type),
            mutable: of.mutable,
            initial: None,
        }),
        TypeRef::Tag(_) => unvalidated("a tag"),
    }
}

fn table_of(import: Option<Import>, of: &wasmparser::TableType) -> Table {
    Table {
        import,
        element: reference_type(of.element_type),
        minimum: narrow(of.initial),
        maximum: of.maximum.map(narrow),
    }
}

fn memory_of(import: Option<Import>, of: &wasmparser::MemoryType) -> Memory {
    Memory { import, minimum: narrow(of.initial), maximum: of.maximum.map(narrow) }
}

fn narrow(limit: u64) -> u32 {
    u32::try_from(limit).unwrap_or_else(|_| unvalidated("a limit of 64 bits"))
}

pub(crate) fn signature(of: &FuncType) -> Signature {
    let types = |types: &[ValType]| types.iter().map(|of| value_type(*of)).collect();
    Signature { parameters: types(of.params()), results: types(of.results()) }
}

pub(crate) fn value_type(of: ValType) -> Type {
    match of {
        ValType::I32 => Type::I32,
        ValType::I64 => Type::I64,
        ValType::F32 => Type::F32,
        ValType::F64 => Type::F64,
        ValType::V128 => unvalidated("a vector"),
        ValType::Ref(of) => reference_type(of),
    }
}

fn reference_type(of: RefType) -> Type {
    if of.is_func_ref() {
        Type::Function
    } else if of.is_extern_ref() {
        Type::Foreign
    } else {
        unvalidated("a reference")
    }
}

pub(crate) fn null_type(of: HeapType) -> Type {
    RefType::new(true, of).map_or_else(|| unvalidated("a reference"), reference_type)
}

fn constant(expression: &ConstExpr<'_>) -> Result<Constant, ReadError> {
    Ok(match expression.get_operators_reader().read()? {
        Operator::I32Const { value } => Constant::Value(Type::I32, u64::from(value.cast_unsigned())),
        Operator::I64Const { value } => Constant::Value(Type::I64, value.cast_unsigned()),
        Operator::F32Const { value } => Constant::Value(Type::F32, u64::from(value.bits())),
        Operator::F64Const { value } => Constant::Value(Type::F64, value.bits()),
        Operator::GlobalGet { global_index } => Constant::Global(global_index),
        Operator::RefFunc { function_index } => Constant::Function(function_index),
        Operator::RefNull { hty } => Constant::Null(null_type(hty)),
        _ => unvalidated("a constant"),
    })
}
