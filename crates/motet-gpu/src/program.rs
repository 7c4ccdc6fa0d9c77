//! Files and bytes to programs.

use crate::shared::failure;
use motet_lanes::assembly::assemble;
use motet_lanes::station::{Station, StationError, StationProgram};
use motet_std::access::{Gate, failure as file_failure};
use motet_vm::ErrorKind;
use motet_vm::operation::OperationError;
use std::sync::Arc;

/// Where a program comes from.
pub(crate) enum Origin {
    File { path: String, gate: Gate },
    Bytes(Vec<u8>),
}

impl Origin {
    /// The name that messages give it.
    pub fn name(&self) -> String {
        match self {
            Origin::File { path, .. } => path.clone(),
            Origin::Bytes(_) => "the bytes".to_owned(),
        }
    }

    /// Reads and loads it. Blocks.
    pub fn load(self, station: &Station, call: Option<&str>) -> Result<Arc<StationProgram>, OperationError> {
        let name = self.name();
        let wrong = |error: &dyn std::fmt::Display| {
            let message = error.to_string();
            let message = if message.contains(&name) { message } else { format!("{name}: {message}") };
            OperationError::new(ErrorKind::ValueError, message.trim_start_matches("error: ").trim_end().to_owned())
        };
        let bytes = match self {
            Origin::Bytes(bytes) => bytes,
            Origin::File { path, gate } => {
                let place = gate.pass(&path)?;
                std::fs::read(place).map_err(|error| file_failure("read", &path, &error))?
            }
        };
        let refused = |error: StationError| match error {
            StationError::Lanes(error) => failure(&error),
            other => wrong(&other),
        };
        if motet_wasm::is_binary(&bytes) {
            let module = motet_wasm::read(&bytes).map_err(|error| wrong(&error))?;
            return station.load_module(&Arc::new(module), call).map_err(refused);
        }
        let is_assembly = name.ends_with(".lanes");
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) if name.ends_with(".wat") || is_assembly => return Err(wrong(&error.utf8_error())),
            // Instructions as bytes.
            Err(error) => return station.load_lanes(error.as_bytes()).map_err(refused),
        };
        if is_assembly {
            if call.is_some() {
                return Err(wrong(&"a lane program has no functions that could be called"));
            }
            let code = assemble(&name, &text).map_err(|error| wrong(&error))?;
            return station.load_lanes(&code).map_err(refused);
        }
        let bytes = motet_wasm::from_text(&name, &text).map_err(|error| wrong(&error))?;
        let module = motet_wasm::read(&bytes).map_err(|error| wrong(&error))?;
        station.load_module(&Arc::new(module), call).map_err(refused)
    }
}
