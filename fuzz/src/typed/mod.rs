//! Programs in `.soc` whose values mostly have the types that their operations want, so that much of them runs and becomes
//! machine code. All of them compile, and end. It knows nothing of how they are run: tests of `motet-jit` and fuzzers do that.

pub mod calls;
pub mod choices;
pub mod numbers;
pub mod things;
mod things_templates;

pub use choices::Choices;

/// A program of one of the kinds.
#[allow(dead_code, reason = "tests choose the kind")]
pub fn program(mut choices: Choices<'_>) -> String {
    match choices.below(6) {
        0 => numbers::program(choices),
        1 => calls::program(choices),
        _ => things::program(choices),
    }
}
