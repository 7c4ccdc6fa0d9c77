//! One dispatch, recorded once and submitted again and again.

use super::buffer::SharedWords;
use super::failed;
use super::pipeline::Pipeline;
use crate::error::LaneError;
use ash::vk;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// A recorded dispatch. At most one submission of it is under way at a time.
pub(crate) struct Dispatch {
    commands: vk::CommandBuffer,
    command_pool: vk::CommandPool,
    descriptor_pool: vk::DescriptorPool,
    fence: vk::Fence,
    under_way: bool,
    pipeline: Arc<Pipeline>,
    // Held because the device uses them.
    _buffers: Vec<Arc<SharedWords>>,
}

impl Dispatch {
    /// Records `groups` workgroups of the pipeline over these buffers.
    pub fn record(
        pipeline: &Arc<Pipeline>,
        buffers: Vec<Arc<SharedWords>>,
        groups: u32,
    ) -> Result<Dispatch, LaneError> {
        assert_eq!(buffers.len(), pipeline.buffers as usize, "a pipeline is given the buffers it was made for");
        let device = &pipeline.device.raw;
        // Filled step by step; whatever stands when a step fails is given back by `drop`.
        let mut dispatch = Dispatch {
            commands: vk::CommandBuffer::null(),
            command_pool: vk::CommandPool::null(),
            descriptor_pool: vk::DescriptorPool::null(),
            fence: vk::Fence::null(),
            under_way: false,
            pipeline: Arc::clone(pipeline),
            _buffers: Vec::new(),
        };
        // SAFETY: the device is alive for as long as the pipeline, as for all calls below.
        dispatch.fence = unsafe { device.create_fence(&vk::FenceCreateInfo::default(), None) }
            .map_err(|code| failed("vkCreateFence", code))?;
        let set = dispatch.bind(&buffers)?;
        let info = vk::CommandPoolCreateInfo::default().queue_family_index(pipeline.device.queue_family);
        // SAFETY: the family is the one that the device was opened with.
        dispatch.command_pool =
            unsafe { device.create_command_pool(&info, None) }.map_err(|code| failed("vkCreateCommandPool", code))?;
        let info = vk::CommandBufferAllocateInfo::default()
            .command_pool(dispatch.command_pool)
            .level(vk::CommandBufferLevel::PRIMARY)
            .command_buffer_count(1);
        // SAFETY: the pool was made just now, and no other code uses it.
        dispatch.commands = unsafe { device.allocate_command_buffers(&info) }
            .map_err(|code| failed("vkAllocateCommandBuffers", code))?[0];
        dispatch.record_commands(set, groups).map_err(|code| failed("vkBeginCommandBuffer", code))?;
        dispatch._buffers = buffers;
        Ok(dispatch)
    }

    fn bind(&mut self, buffers: &[Arc<SharedWords>]) -> Result<vk::DescriptorSet, LaneError> {
        let device = &self.pipeline.device.raw;
        let sizes = [vk::DescriptorPoolSize::default()
            .ty(vk::DescriptorType::STORAGE_BUFFER)
            .descriptor_count(self.pipeline.buffers)];
        let info = vk::DescriptorPoolCreateInfo::default().max_sets(1).pool_sizes(&sizes);
        // SAFETY: the device is alive, and `info` lives until the call returns.
        self.descriptor_pool = unsafe { device.create_descriptor_pool(&info, None) }
            .map_err(|code| failed("vkCreateDescriptorPool", code))?;
        let layouts = [self.pipeline.set_layout];
        let info = vk::DescriptorSetAllocateInfo::default().descriptor_pool(self.descriptor_pool).set_layouts(&layouts);
        // SAFETY: the pool was made just now with room for this set.
        let set = unsafe { device.allocate_descriptor_sets(&info) }
            .map_err(|code| failed("vkAllocateDescriptorSets", code))?[0];
        let ranges: Vec<[vk::DescriptorBufferInfo; 1]> = buffers
            .iter()
            .map(|words| [vk::DescriptorBufferInfo::default().buffer(words.buffer).range(vk::WHOLE_SIZE)])
            .collect();
        let writes: Vec<_> = ranges
            .iter()
            .enumerate()
            .map(|(binding, range)| {
                vk::WriteDescriptorSet::default()
                    .dst_set(set)
                    .dst_binding(binding as u32)
                    .descriptor_type(vk::DescriptorType::STORAGE_BUFFER)
                    .buffer_info(range)
            })
            .collect();
        // SAFETY: the set is not in use yet; the buffers are alive, and `record` keeps them so.
        unsafe { device.update_descriptor_sets(&writes, &[]) };
        Ok(set)
    }

    fn record_commands(&self, set: vk::DescriptorSet, groups: u32) -> Result<(), vk::Result> {
        let device = &self.pipeline.device.raw;
        let compute = vk::PipelineBindPoint::COMPUTE;
        // Makes the host's writes visible to the device, and afterwards the device's to the host.
        let before = [vk::MemoryBarrier::default()
            .src_access_mask(vk::AccessFlags::HOST_WRITE | vk::AccessFlags::SHADER_WRITE)
            .dst_access_mask(vk::AccessFlags::SHADER_READ | vk::AccessFlags::SHADER_WRITE)];
        let after = [vk::MemoryBarrier::default()
            .src_access_mask(vk::AccessFlags::SHADER_WRITE)
            .dst_access_mask(vk::AccessFlags::HOST_READ | vk::AccessFlags::HOST_WRITE)];
        let shader = vk::PipelineStageFlags::COMPUTE_SHADER;
        let host = vk::PipelineStageFlags::HOST;
        let none = vk::DependencyFlags::empty();
        // SAFETY: the command buffer is new and this thread's alone; pipeline, layout and set belong together and are
        // of this device.
        unsafe {
            device.begin_command_buffer(self.commands, &vk::CommandBufferBeginInfo::default())?;
            device.cmd_pipeline_barrier(self.commands, host | shader, shader, none, &before, &[], &[]);
            device.cmd_bind_pipeline(self.commands, compute, self.pipeline.raw);
            device.cmd_bind_descriptor_sets(self.commands, compute, self.pipeline.layout, 0, &[set], &[]);
            device.cmd_dispatch(self.commands, groups, 1, 1);
            device.cmd_pipeline_barrier(self.commands, shader, host, none, &after, &[], &[]);
            device.end_command_buffer(self.commands)
        }
    }

    /// Hands the dispatch to the device.
    pub fn submit(&mut self) -> Result<(), LaneError> {
        assert!(!self.under_way, "a dispatch is submitted again only when it has ended");
        let device = &self.pipeline.device;
        let commands = [self.commands];
        let submission = [vk::SubmitInfo::default().command_buffers(&commands)];
        let queue = device.queue.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: nothing is under way, so that the fence and the command buffer are free; the lock gives this thread
        // the queue.
        unsafe {
            device.raw.reset_fences(&[self.fence]).map_err(|code| failed("vkResetFences", code))?;
            device.raw.queue_submit(*queue, &submission, self.fence).map_err(|code| failed("vkQueueSubmit", code))?;
        }
        self.under_way = true;
        Ok(())
    }

    /// Waits for the submission's end; false if it did not end in time.
    pub fn wait(&mut self, timeout: Duration) -> Result<bool, LaneError> {
        if !self.under_way {
            return Ok(true);
        }
        let nanoseconds = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
        // SAFETY: the fence is of this device, and the submission that signals it has been made.
        match unsafe { self.pipeline.device.raw.wait_for_fences(&[self.fence], true, nanoseconds) } {
            Ok(()) => {
                self.under_way = false;
                Ok(true)
            }
            Err(vk::Result::TIMEOUT) => Ok(false),
            Err(code) => Err(failed("vkWaitForFences", code)),
        }
    }
}

impl Drop for Dispatch {
    fn drop(&mut self) {
        let device = &self.pipeline.device.raw;
        if self.under_way {
            // An error here says that the device is lost, and then it uses nothing any more either.
            // SAFETY: as in `wait`.
            let _ = unsafe { device.wait_for_fences(&[self.fence], true, u64::MAX) };
        }
        // SAFETY: nothing is under way any more. Vulkan ignores the null handles of an unfinished dispatch; the pools
        // take their buffer and set with them.
        unsafe {
            device.destroy_fence(self.fence, None);
            device.destroy_descriptor_pool(self.descriptor_pool, None);
            device.destroy_command_pool(self.command_pool, None);
        }
    }
}
