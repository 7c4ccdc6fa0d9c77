//! Memory that a driver in software takes for each frame. It comes from the C library, which gives it back to the system after
//! each frame and takes it again for the next: a fifth of the time that a frame takes. One of the three modules of this crate
//! with `unsafe` code: it calls the C library.

/// Free memory that the C library keeps, in bytes.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT: std::ffi::c_int = 16 << 20;

/// Has the C library keep what a frame needs.
pub fn keep() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it sets two numbers of the C library's allocator, under its own lock, whichever threads use it meanwhile. Where
    // it refuses them, frames take longer, and that is all.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT);
        libc::mallopt(libc::M_MMAP_THRESHOLD, KEPT);
    }
}
