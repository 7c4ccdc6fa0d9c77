//! A compute pipeline over a fixed number of storage buffers.

use super::device::Device;
use super::failed;
use crate::error::LaneError;
use ash::vk;
use std::ffi::CString;
use std::sync::Arc;

/// A compute pipeline.
pub(crate) struct Pipeline {
    pub(super) raw: vk::Pipeline,
    pub(super) layout: vk::PipelineLayout,
    pub(super) set_layout: vk::DescriptorSetLayout,
    pub(super) buffers: u32,
    pub(super) device: Arc<Device>,
}

impl Pipeline {
    /// Compiles `spirv`, which binds `buffers` storage buffers as bindings 0 and up of group 0.
    pub fn new(device: &Arc<Device>, spirv: &[u32], entry: &str, buffers: u32) -> Result<Pipeline, LaneError> {
        // Filled step by step; whatever stands when a step fails is given back by `drop`.
        let mut pipeline = Pipeline {
            raw: vk::Pipeline::null(),
            layout: vk::PipelineLayout::null(),
            set_layout: vk::DescriptorSetLayout::null(),
            buffers,
            device: Arc::clone(device),
        };
        let bindings: Vec<_> = (0..buffers)
            .map(|binding| {
                vk::DescriptorSetLayoutBinding::default()
                    .binding(binding)
                    .descriptor_type(vk::DescriptorType::STORAGE_BUFFER)
                    .descriptor_count(1)
                    .stage_flags(vk::ShaderStageFlags::COMPUTE)
            })
            .collect();
        let info = vk::DescriptorSetLayoutCreateInfo::default().bindings(&bindings);
        // SAFETY: the device is alive, as for all calls below; `info` and what it points to live until the call returns.
        pipeline.set_layout = unsafe { device.raw.create_descriptor_set_layout(&info, None) }
            .map_err(|code| failed("vkCreateDescriptorSetLayout", code))?;
        let set_layouts = [pipeline.set_layout];
        let info = vk::PipelineLayoutCreateInfo::default().set_layouts(&set_layouts);
        // SAFETY: the set layout was made from this device.
        pipeline.layout = unsafe { device.raw.create_pipeline_layout(&info, None) }
            .map_err(|code| failed("vkCreatePipelineLayout", code))?;

        let info = vk::ShaderModuleCreateInfo::default().code(spirv);
        // SAFETY: the words are SPIR-V for the version that the instance asked for: naga validated and wrote it, or
        // `motet-spirv` wrote it, whose tests have all that it writes validated.
        let module = unsafe { device.raw.create_shader_module(&info, None) }
            .map_err(|code| failed("vkCreateShaderModule", code))?;
        let name = CString::new(entry).expect("entry points are named by constants without a 0");
        let stage = vk::PipelineShaderStageCreateInfo::default()
            .stage(vk::ShaderStageFlags::COMPUTE)
            .module(module)
            .name(&name);
        let info = [vk::ComputePipelineCreateInfo::default().stage(stage).layout(pipeline.layout)];
        // SAFETY: module and layout are alive and of this device, and the module has this entry point.
        let made = unsafe { device.raw.create_compute_pipelines(vk::PipelineCache::null(), &info, None) };
        // SAFETY: a module is not needed once its pipeline is made or refused.
        unsafe { device.raw.destroy_shader_module(module, None) };
        match made {
            Ok(made) => pipeline.raw = made[0],
            Err((_, code)) => return Err(failed("vkCreateComputePipelines", code)),
        }
        Ok(pipeline)
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        // SAFETY: a dispatch that uses the pipeline holds an `Arc` of it and waits for its work before it lets go.
        // Vulkan ignores the null handles of a pipeline that was not finished.
        unsafe {
            self.device.raw.destroy_pipeline(self.raw, None);
            self.device.raw.destroy_pipeline_layout(self.layout, None);
            self.device.raw.destroy_descriptor_set_layout(self.set_layout, None);
        }
    }
}
