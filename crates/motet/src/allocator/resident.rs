//! How much memory the process has in use, as Linux says it.
#![cfg(target_os = "linux")]

use super::PAGE;

/// Bytes of memory of its own that the process has in use: neither its file nor what it shares.
pub fn resident() -> Option<u64> {
    // No file is opened through the standard library: it allocates. The three first numbers are far shorter than this.
    let mut text = [0u8; 128];
    // SAFETY: the path ends with a zero byte, the buffer is written within its length, and the file is closed.
    let length = unsafe {
        let file = libc::open(c"/proc/self/statm".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC);
        if file < 0 {
            return None;
        }
        let length = libc::read(file, text.as_mut_ptr().cast(), text.len());
        libc::close(file);
        usize::try_from(length).ok()?
    };
    let mut numbers = text.get(..length)?.split(|&byte| byte == b' ').map(|digits| {
        digits.iter().try_fold(0u64, |number, digit| Some(number * 10 + u64::from(digit.checked_sub(b'0')?)))
    });
    let (resident, shared) = (numbers.nth(1)??, numbers.next()??);
    Some(resident.saturating_sub(shared) * PAGE as u64)
}
