//! WGSL to SPIR-V through `naga`.

use crate::error::LaneError;
use naga::back::spv::{Options, PipelineOptions, WriterFlags, ZeroInitializeWorkgroupMemoryMode};
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ValidationFlags, Validator};

/// Parses, validates and translates a shader. `what` names it in errors.
pub(crate) fn to_spirv(what: &'static str, text: &str, entry_point: &str) -> Result<Vec<u32>, LaneError> {
    let rejected = |stage: &'static str, message: String| LaneError::KernelRejected { what, stage, message };
    let module = naga::front::wgsl::parse_str(text).map_err(|error| rejected("parser", error.emit_to_string(text)))?;
    // The device is asked for both before a kernel that has them is compiled.
    let info = Validator::new(ValidationFlags::all(), Capabilities::SHADER_INT64 | Capabilities::FLOAT64)
        .validate(&module)
        .map_err(|error| rejected("validator", error.emit_to_string(text)))?;
    let options = Options {
        lang_version: (1, 3),
        flags: WriterFlags::empty(),
        // The kernel checks every address itself, and says what happens outside; this is the net below.
        bounds_check_policies: BoundsCheckPolicies {
            index: BoundsCheckPolicy::Restrict,
            buffer: BoundsCheckPolicy::Restrict,
            image_load: BoundsCheckPolicy::Restrict,
            binding_array: BoundsCheckPolicy::Restrict,
        },
        // All workgroup memory is written before it is read. Zeroing it made a driver compile for a minute.
        zero_initialize_workgroup_memory: ZeroInitializeWorkgroupMemoryMode::None,
        // The kernel bounds its loops itself.
        force_loop_bounding: false,
        // `divide` in the kernel never divides by 0, and only unsigned.
        emit_int_div_checks: false,
        ..Options::default()
    };
    let pipeline = PipelineOptions { shader_stage: naga::ShaderStage::Compute, entry_point: entry_point.to_owned() };
    naga::back::spv::write_vec(&module, &info, &options, Some(&pipeline))
        .map_err(|error| rejected("SPIR-V writer", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l11_a_rejected_kernel_names_stage_and_place() {
        let error = to_spirv("test", "fn broken( {", "broken").unwrap_err();
        let LaneError::KernelRejected { what: "test", stage: "parser", message } = &error else {
            panic!("{error}");
        };
        assert!(message.contains("wgsl:1:"), "{message}");
        let error = to_spirv("test", "@compute @workgroup_size(1) fn main() { let x: i32 = 1u; }", "main").unwrap_err();
        assert!(matches!(error, LaneError::KernelRejected { .. }), "{error}");
    }
}
