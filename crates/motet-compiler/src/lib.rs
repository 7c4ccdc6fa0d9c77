//! Forms to register code: names and scopes, macros, control flow, registers and their liveness. Knows nothing of text,
//! files, values or running.

pub mod helpers;
