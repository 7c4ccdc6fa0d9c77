//! Memory for machine code. No page can be written and executed at once: code is written first, and from then on it is only
//! read and executed.
//!
//! The unsafe code of this crate is here. Entering code is the VM's matter (`motet_vm::jit`).

use motet_vm::jit::{Entry, MachineCode};
use std::io;
use std::ptr::NonNull;

/// Whether there may be machine code here.
pub fn is_possible() -> bool {
    cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))
}

/// The code of one function.
pub struct Code {
    memory: NonNull<u8>,
    mapped: usize,
    length: usize,
}

// SAFETY: the memory belongs to no thread: from `new` on nothing writes to it, and only dropping unmaps it.
unsafe impl Send for Code {}
// SAFETY: threads only read and execute the memory, which nothing writes to from `new` on.
unsafe impl Sync for Code {}

impl Code {
    /// Makes code of bytes; an error if the system has no memory for it, or does not let it be executed.
    pub fn new(bytes: &[u8]) -> io::Result<Code> {
        let (memory, mapped) = pages::map(bytes)?;
        Ok(Code { memory, mapped, length: bytes.len() })
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        // SAFETY: mapped in `new`, and no code of it runs: who enters it holds it.
        unsafe { pages::unmap(self.memory, self.mapped) };
    }
}

mod pages {
    use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
    use std::io;
    use std::ptr::NonNull;

    /// New pages that hold the bytes, and can be read and executed.
    pub fn map(bytes: &[u8]) -> io::Result<(NonNull<u8>, usize)> {
        let size = bytes.len().max(1).next_multiple_of(rustix::param::page_size());
        // SAFETY: a new mapping, at a place that the system chooses.
        let memory = unsafe {
            mmap_anonymous(std::ptr::null_mut(), size, ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE)?
        };
        let start = NonNull::new(memory.cast::<u8>()).ok_or(io::ErrorKind::OutOfMemory)?;
        // SAFETY: the mapping is this long, may be written, and nobody else knows of it.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), start.as_ptr(), bytes.len()) };
        // SAFETY: the whole of the mapping, to which no reference exists.
        let executable = unsafe { mprotect(memory, size, MprotectFlags::READ | MprotectFlags::EXEC) };
        // SAFETY: the bytes are there, and may be read.
        let executable =
            executable.map_err(io::Error::from).and_then(|()| unsafe { show_processors(start, bytes.len()) });
        if let Err(error) = executable {
            // SAFETY: mapped above, and used by nobody.
            unsafe { unmap(start, size) };
            return Err(error);
        }
        Ok((start, size))
    }

    /// Has all processors see code that was written: their caches of instructions do not look at what is written, and what they
    /// have fetched already they do not fetch again.
    ///
    /// # Safety
    /// So many bytes may be read there.
    #[cfg(target_arch = "aarch64")]
    unsafe fn show_processors(start: NonNull<u8>, length: usize) -> io::Result<()> {
        // SAFETY: the caller's promise.
        unsafe { wasmtime_internal_jit_icache_coherence::clear_cache(start.as_ptr().cast(), length)? };
        wasmtime_internal_jit_icache_coherence::pipeline_flush_mt()
    }

    /// These see it by themselves.
    ///
    /// # Safety
    /// There is none to keep.
    #[cfg(not(target_arch = "aarch64"))]
    unsafe fn show_processors(_: NonNull<u8>, _: usize) -> io::Result<()> {
        Ok(())
    }

    /// Gives pages back.
    ///
    /// # Safety
    /// They are from [`map`], and nothing uses them.
    pub unsafe fn unmap(start: NonNull<u8>, size: usize) {
        // SAFETY: the caller's promise.
        let unmapped = unsafe { munmap(start.as_ptr().cast(), size) };
        debug_assert!(unmapped.is_ok());
    }
}

// SAFETY: the memory holds the code of a function with the convention and parameters of `Entry`, which Cranelift made of
// a verified function; it stays until this is dropped.
unsafe impl MachineCode for Code {
    fn entry(&self) -> Entry {
        // SAFETY: the code begins here, and is of such a function.
        unsafe { std::mem::transmute::<*mut u8, Entry>(self.memory.as_ptr()) }
    }

    fn bytes(&self) -> usize {
        self.mapped
    }

    fn code(&self) -> &[u8] {
        // SAFETY: the code is so long, and nothing writes to it.
        unsafe { std::slice::from_raw_parts(self.memory.as_ptr(), self.length) }
    }
}
