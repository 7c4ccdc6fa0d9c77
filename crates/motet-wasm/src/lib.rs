//! Reads WebAssembly into the typed middle form.
//!
//! A module is validated as a whole first; what it needs beyond the core of WebAssembly 2.0 without vectors is refused by
//! the proposal's name. Knows nothing of devices, and nothing of what imports mean.

#![forbid(unsafe_code)]

mod body;
mod error;
mod numeric;
mod sections;
#[cfg(feature = "text")]
mod text;

pub use error::ReadError;
#[cfg(feature = "text")]
pub use text::from_text;

use motet_middle::Module;
use wasmparser::{Validator, WasmFeatures};

/// What is understood: WebAssembly 2.0 without its vectors.
const UNDERSTOOD: WasmFeatures = WasmFeatures::WASM2.difference(WasmFeatures::SIMD);

/// What a module may need besides, by the names that its proposals have.
const REFUSED: &[(&str, WasmFeatures)] = &[
    ("SIMD", WasmFeatures::SIMD),
    ("relaxed SIMD", WasmFeatures::SIMD.union(WasmFeatures::RELAXED_SIMD)),
    ("threads", WasmFeatures::THREADS),
    ("tail calls", WasmFeatures::TAIL_CALL),
    ("several memories", WasmFeatures::MULTI_MEMORY),
    ("64-bit memories", WasmFeatures::MEMORY64),
    ("extended constant expressions", WasmFeatures::EXTENDED_CONST),
    ("exceptions", WasmFeatures::EXCEPTIONS),
    ("legacy exceptions", WasmFeatures::LEGACY_EXCEPTIONS),
    ("typed function references", WasmFeatures::FUNCTION_REFERENCES),
    ("garbage collection", WasmFeatures::FUNCTION_REFERENCES.union(WasmFeatures::GC)),
    ("wide arithmetic", WasmFeatures::WIDE_ARITHMETIC),
    ("custom page sizes", WasmFeatures::CUSTOM_PAGE_SIZES),
    ("stack switching", WasmFeatures::FUNCTION_REFERENCES.union(WasmFeatures::STACK_SWITCHING)),
];

/// Reads a module.
pub fn read(bytes: &[u8]) -> Result<Module, ReadError> {
    if let Err(error) = validate(bytes, UNDERSTOOD) {
        return Err(refusal(bytes).unwrap_or_else(|| ReadError::invalid(&error)));
    }
    sections::read(bytes)
}

fn validate(bytes: &[u8], features: WasmFeatures) -> Result<(), wasmparser::BinaryReaderError> {
    Validator::new_with_features(features).validate_all(bytes).map(|_| ())
}

/// The proposal without which the module is invalid, if there is one.
fn refusal(bytes: &[u8]) -> Option<ReadError> {
    let helps = |features: WasmFeatures| validate(bytes, UNDERSTOOD.union(features)).is_ok();
    if let Some((name, _)) = REFUSED.iter().find(|(_, features)| helps(*features)) {
        return Some(ReadError::Needs { proposals: vec![name] });
    }
    let all = REFUSED.iter().fold(WasmFeatures::empty(), |all, (_, features)| all.union(*features));
    if !helps(all) {
        return None;
    }
    // Several at once: those that cannot be left out.
    let needed = REFUSED.iter().filter(|(_, features)| !helps(all.difference(*features)));
    Some(ReadError::Needs { proposals: needed.map(|(name, _)| *name).collect() })
}

/// Whether the bytes begin as a module in the binary form does.
pub fn is_binary(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\0asm")
}

#[cfg(test)]
mod tests;
