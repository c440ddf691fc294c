//! Memory for code.

/// Code that can be run. It was written before it became executable, and cannot be changed.
pub struct Code {
    start: *mut u8,
    len: usize,
}

/// Fresh memory, then `write`, which is told where the code will lie; executable afterwards.
pub fn make(len: usize, write: impl FnOnce(&mut [u8], u64)) -> Code {
    // SAFETY: a fresh anonymous mapping, used through one slice until it is made executable.
    unsafe {
        let memory = libc::mmap(
            std::ptr::null_mut(),
            len,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        );
        assert!(memory != libc::MAP_FAILED, "no memory for code");
        let start: *mut u8 = memory.cast();
        write(std::slice::from_raw_parts_mut(start, len), start as u64);
        assert_eq!(libc::mprotect(memory, len, libc::PROT_READ | libc::PROT_EXEC), 0);
        flush(start, len);
        Code { start, len }
    }
}

/// Machines whose instruction cache does not see what was written.
#[cfg(target_arch = "aarch64")]
unsafe fn flush(start: *mut u8, len: usize) {
    // SAFETY: the range of a mapping; 16 bytes is the least a cache line has.
    unsafe {
        for line in (0..len).step_by(16).map(|at| start.add(at)) {
            core::arch::asm!("dc cvau, {0}", in(reg) line);
        }
        core::arch::asm!("dsb ish");
        for line in (0..len).step_by(16).map(|at| start.add(at)) {
            core::arch::asm!("ic ivau, {0}", in(reg) line);
        }
        core::arch::asm!("dsb ish", "isb");
    }
}

#[cfg(not(target_arch = "aarch64"))]
unsafe fn flush(_: *mut u8, _: usize) {}

impl Code {
    pub fn start(&self) -> *const u8 {
        self.start
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        // SAFETY: the mapping made above; nothing runs in it any more.
        unsafe { libc::munmap(self.start.cast(), self.len) };
    }
}
