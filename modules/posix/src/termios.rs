//! `termios`: terminals.

use crate::paths::FileNo;
use std::cell::RefCell;
use whipsnake_runtime::os_error::{last_errno, strerror};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::bytes::Bytes;
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::module;

#[derive(Default)]
struct State {
    error: RefCell<Option<Obj>>,
}

/// Raises `termios.error(errno, text)`.
fn raise(th: &Thread) -> Raised {
    let errno = last_errno();
    let class = th.interp.state::<State>().error.borrow().clone();
    let make = || {
        let class = class.ok_or_else(|| th.runtime_error("termios is not imported"))?;
        let text = th.str(&strerror(errno))?;
        call::call2(th, class.value(), Value::small_int(errno.into()), text.value())
    };
    match make() {
        Ok(exception) => th.raise_instance(exception),
        Err(raised) => raised,
    }
}

fn checked(th: &Thread, result: i32) -> PyResult<()> {
    if result < 0 { Err(raise(th)) } else { Ok(()) }
}

/// Runs a call that may wait, with the interpreter's lock given away.
fn waiting(th: &Thread, call: impl FnOnce() -> i32) -> PyResult<()> {
    let (result, errno) = th.allow_threads(|| {
        let result = call();
        (result, last_errno())
    });
    if result < 0 {
        // SAFETY: `errno` belongs to this thread.
        unsafe { *libc::__errno_location() = errno };
        return Err(raise(th));
    }
    Ok(())
}

fn get(th: &Thread, fd: i32) -> PyResult<libc::termios> {
    // SAFETY: a struct of numbers, which lives through the call.
    unsafe {
        let mut mode: libc::termios = std::mem::zeroed();
        checked(th, libc::tcgetattr(fd, &mut mode))?;
        Ok(mode)
    }
}

/// Whether VMIN and VTIME are numbers in a list of control characters: in non-canonical mode.
fn has_counts(mode: &libc::termios) -> bool {
    mode.c_lflag & libc::ICANON == 0
}

fn flag(th: &Thread, v: Value) -> PyResult<libc::tcflag_t> {
    number::as_u64_wrapping(th, v).map(|n| n as libc::tcflag_t)
}

/// The `NCCS` that Python shows.
const CONTROLS: usize = 32;

#[pyfunctions]
mod functions {
    use super::*;

    /// The attributes of a terminal: [iflag, oflag, cflag, lflag, ispeed, ospeed, cc].
    #[function("tcgetattr(fd, /)")]
    fn tcgetattr(th: &Thread, fd: FileNo) -> PyResult {
        let mode = get(th, fd.0)?;
        // SAFETY: calls on a struct of numbers.
        let (input, output) = unsafe { (libc::cfgetispeed(&mode), libc::cfgetospeed(&mode)) };
        let mut controls = Vec::new();
        for (i, c) in mode.c_cc.iter().take(CONTROLS).enumerate() {
            controls.push(match i {
                libc::VMIN | libc::VTIME if has_counts(&mode) => Obj::small_int((*c).into()),
                _ => th.bytes(&[*c])?,
            });
        }
        let mut all = Vec::new();
        for n in [mode.c_iflag, mode.c_oflag, mode.c_cflag, mode.c_lflag, input, output] {
            all.push(th.int(n.into())?);
        }
        all.push(th.list(controls)?);
        th.list(all)
    }
    /// Sets the attributes of a terminal.
    #[function("tcsetattr(fd, when, attributes, /)")]
    fn tcsetattr(th: &Thread, fd: FileNo, when: i32, attributes: Value) -> PyResult<()> {
        let Some(list) = attributes.cast::<List>().filter(|list| list.len() == 7) else {
            return Err(th.type_error("tcsetattr, arg 3: must be 7 element list"));
        };
        let mut mode = get(th, fd.0)?;
        let item = |i: usize| list.get(i).ok_or_else(|| th.type_error("tcsetattr, arg 3: must be 7 element list"));
        mode.c_iflag = flag(th, item(0)?.value())?;
        mode.c_oflag = flag(th, item(1)?.value())?;
        mode.c_cflag = flag(th, item(2)?.value())?;
        mode.c_lflag = flag(th, item(3)?.value())?;
        let (input, output) = (flag(th, item(4)?.value())?, flag(th, item(5)?.value())?);
        let controls = item(6)?;
        let message = format!("tcsetattr: attributes[6] must be {CONTROLS} element list");
        let Some(controls) = controls.cast::<List>().filter(|list| list.len() == CONTROLS) else {
            return Err(th.type_error(message));
        };
        for i in 0..CONTROLS {
            let Some(c) = controls.get(i) else { return Err(th.type_error(message)) };
            mode.c_cc[i] = match c.cast::<Bytes>().map(Bytes::as_slice) {
                Some([byte]) => *byte,
                _ if c.is_instance(&statics::INT_TYPE) => number::as_i64(th, c.value())? as u8,
                _ => {
                    let message = "tcsetattr: elements of attributes must be characters or integers";
                    return Err(th.type_error(message));
                }
            };
        }
        // SAFETY: calls on a struct of numbers.
        unsafe {
            checked(th, libc::cfsetispeed(&mut mode, input))?;
            checked(th, libc::cfsetospeed(&mut mode, output))?;
            waiting(th, || libc::tcsetattr(fd.0, when, &mode))
        }
    }
    /// Sends a break.
    #[function("tcsendbreak(fd, duration, /)")]
    fn tcsendbreak(th: &Thread, fd: FileNo, duration: i32) -> PyResult<()> {
        // SAFETY: a call on plain numbers.
        waiting(th, || unsafe { libc::tcsendbreak(fd.0, duration) })
    }
    /// Waits until all output is sent.
    #[function("tcdrain(fd, /)")]
    fn tcdrain(th: &Thread, fd: FileNo) -> PyResult<()> {
        // SAFETY: a call on a plain number.
        waiting(th, || unsafe { libc::tcdrain(fd.0) })
    }
    /// Drops what is in the queues.
    #[function("tcflush(fd, queue, /)")]
    fn tcflush(th: &Thread, fd: FileNo, queue: i32) -> PyResult<()> {
        // SAFETY: a call on plain numbers.
        waiting(th, || unsafe { libc::tcflush(fd.0, queue) })
    }
    /// Stops and resumes input or output.
    #[function("tcflow(fd, action, /)")]
    fn tcflow(th: &Thread, fd: FileNo, action: i32) -> PyResult<()> {
        // SAFETY: a call on plain numbers.
        waiting(th, || unsafe { libc::tcflow(fd.0, action) })
    }
    /// The size of the window: (rows, columns).
    #[function("tcgetwinsize(fd, /)")]
    fn tcgetwinsize(th: &Thread, fd: FileNo) -> PyResult {
        let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: the struct lives through the call.
        checked(th, unsafe { libc::ioctl(fd.0, libc::TIOCGWINSZ, &mut size) })?;
        th.tuple(&[Value::small_int(size.ws_row.into()), Value::small_int(size.ws_col.into())])
    }
    /// Sets the size of the window to (rows, columns).
    #[function("tcsetwinsize(fd, winsize, /)")]
    fn tcsetwinsize(th: &Thread, fd: FileNo, size: Value) -> PyResult<()> {
        let message = "tcsetwinsize, arg 2: must be a two-item sequence";
        if !sequence::is_sequence(size) || sequence::len(th, size)? != 2 {
            return Err(th.type_error(message));
        }
        let number = |i: isize| {
            let n = number::as_i64(th, sequence::get_item(th, size, i)?.value())?;
            u16::try_from(n).map_err(|_| th.overflow_error("winsize value(s) out of range."))
        };
        let (rows, columns) = (number(0)?, number(1)?);
        let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: the struct lives through the calls.
        unsafe {
            checked(th, libc::ioctl(fd.0, libc::TIOCGWINSZ, &mut size))?;
            (size.ws_row, size.ws_col) = (rows, columns);
            checked(th, libc::ioctl(fd.0, libc::TIOCSWINSZ, &size))
        }
    }
}

/// Makes `termios`.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let m = module::new(th, "termios", "Control of terminals.", functions::METHODS)?;
    let class = module::exception_class(th, "termios.error", &statics::EXCEPTION)?;
    module::add(th, m.value(), "error", class.value())?;
    *th.interp.state::<State>().error.borrow_mut() = Some(class);
    for (name, value) in CONSTANTS {
        crate::add_int(th, m.value(), name, *value)?;
    }
    Ok(m)
}

/// Numbers of the Linux kernel and of the C library.
#[rustfmt::skip]
const CONSTANTS: &[(&str, i64)] = &[
    ("B0", 0), ("B1000000", 1000000), ("B110", 110), ("B115200", 115200), ("B1152000", 1152000), ("B1200", 1200),
    ("B134", 134), ("B14400", 14400), ("B150", 150), ("B1500000", 1500000), ("B1800", 1800), ("B19200", 19200),
    ("B200", 200), ("B2000000", 2000000), ("B230400", 230400), ("B2400", 2400), ("B2500000", 2500000),
    ("B28800", 28800), ("B300", 300), ("B3000000", 3000000), ("B3500000", 3500000), ("B38400", 38400),
    ("B4000000", 4000000), ("B460800", 460800), ("B4800", 4800), ("B50", 50), ("B500000", 500000), ("B57600", 57600),
    ("B576000", 576000), ("B600", 600), ("B7200", 7200), ("B75", 75), ("B76800", 76800), ("B921600", 921600),
    ("B9600", 9600), ("BRKINT", 2), ("BS0", 0), ("BS1", 8192), ("BSDLY", 8192), ("CBAUD", 4111), ("CBAUDEX", 4096),
    ("CDSUSP", 25), ("CEOF", 4), ("CEOL", 0), ("CEOT", 4), ("CERASE", 127), ("CFLUSH", 15), ("CIBAUD", 269418496),
    ("CINTR", 3), ("CKILL", 21), ("CLNEXT", 22), ("CLOCAL", 2048), ("CQUIT", 28), ("CR0", 0), ("CR1", 512),
    ("CR2", 1024), ("CR3", 1536), ("CRDLY", 1536), ("CREAD", 128), ("CRPRNT", 18), ("CRTSCTS", 2147483648),
    ("CS5", 0), ("CS6", 16), ("CS7", 32), ("CS8", 48), ("CSIZE", 48), ("CSTART", 17), ("CSTOP", 19), ("CSTOPB", 64),
    ("CSUSP", 26), ("CWERASE", 23), ("ECHO", 8), ("ECHOCTL", 512), ("ECHOE", 16), ("ECHOK", 32), ("ECHOKE", 2048),
    ("ECHONL", 64), ("ECHOPRT", 1024), ("EXTA", 19200), ("EXTB", 38400), ("EXTPROC", 65536), ("FF0", 0),
    ("FF1", 32768), ("FFDLY", 32768), ("FIOASYNC", 21586), ("FIOCLEX", 21585), ("FIONBIO", 21537),
    ("FIONCLEX", 21584), ("FIONREAD", 21531), ("FLUSHO", 4096), ("HUPCL", 1024), ("IBSHIFT", 16), ("ICANON", 2),
    ("ICRNL", 256), ("IEXTEN", 32768), ("IGNBRK", 1), ("IGNCR", 128), ("IGNPAR", 4), ("IMAXBEL", 8192),
    ("INLCR", 64), ("INPCK", 16), ("IOCSIZE_MASK", 1073676288), ("IOCSIZE_SHIFT", 16), ("ISIG", 1), ("ISTRIP", 32),
    ("IUCLC", 512), ("IUTF8", 16384), ("IXANY", 2048), ("IXOFF", 4096), ("IXON", 1024), ("NCCS", 32), ("NL0", 0),
    ("NL1", 256), ("NLDLY", 256), ("NOFLSH", 128), ("N_MOUSE", 2), ("N_PPP", 3), ("N_SLIP", 1), ("N_STRIP", 4),
    ("N_TTY", 0), ("OCRNL", 8), ("OFDEL", 128), ("OFILL", 64), ("OLCUC", 2), ("ONLCR", 4), ("ONLRET", 32),
    ("ONOCR", 16), ("OPOST", 1), ("PARENB", 256), ("PARMRK", 8), ("PARODD", 512), ("PENDIN", 16384), ("TAB0", 0),
    ("TAB1", 2048), ("TAB2", 4096), ("TAB3", 6144), ("TABDLY", 6144), ("TCFLSH", 21515), ("TCGETS", 21505),
    ("TCIFLUSH", 0), ("TCIOFF", 2), ("TCIOFLUSH", 2), ("TCION", 3), ("TCOFLUSH", 1), ("TCOOFF", 0), ("TCOON", 1),
    ("TCSADRAIN", 1), ("TCSAFLUSH", 2), ("TCSANOW", 0), ("TCSBRK", 21513), ("TCSBRKP", 21541), ("TCSETS", 21506),
    ("TCSETSF", 21508), ("TCSETSW", 21507), ("TCXONC", 21514), ("TIOCCONS", 21533), ("TIOCEXCL", 21516),
    ("TIOCGETD", 21540), ("TIOCGICOUNT", 21597), ("TIOCGLCKTRMIOS", 21590), ("TIOCGPGRP", 21519),
    ("TIOCGSERIAL", 21534), ("TIOCGSOFTCAR", 21529), ("TIOCGWINSZ", 21523), ("TIOCINQ", 21531), ("TIOCLINUX", 21532),
    ("TIOCMBIC", 21527), ("TIOCMBIS", 21526), ("TIOCMGET", 21525), ("TIOCMIWAIT", 21596), ("TIOCMSET", 21528),
    ("TIOCM_CAR", 64), ("TIOCM_CD", 64), ("TIOCM_CTS", 32), ("TIOCM_DSR", 256), ("TIOCM_DTR", 2), ("TIOCM_LE", 1),
    ("TIOCM_RI", 128), ("TIOCM_RNG", 128), ("TIOCM_RTS", 4), ("TIOCM_SR", 16), ("TIOCM_ST", 8), ("TIOCNOTTY", 21538),
    ("TIOCNXCL", 21517), ("TIOCOUTQ", 21521), ("TIOCPKT", 21536), ("TIOCPKT_DATA", 0), ("TIOCPKT_DOSTOP", 32),
    ("TIOCPKT_FLUSHREAD", 1), ("TIOCPKT_FLUSHWRITE", 2), ("TIOCPKT_NOSTOP", 16), ("TIOCPKT_START", 8),
    ("TIOCPKT_STOP", 4), ("TIOCSCTTY", 21518), ("TIOCSERCONFIG", 21587), ("TIOCSERGETLSR", 21593),
    ("TIOCSERGETMULTI", 21594), ("TIOCSERGSTRUCT", 21592), ("TIOCSERGWILD", 21588), ("TIOCSERSETMULTI", 21595),
    ("TIOCSERSWILD", 21589), ("TIOCSER_TEMT", 1), ("TIOCSETD", 21539), ("TIOCSLCKTRMIOS", 21591),
    ("TIOCSPGRP", 21520), ("TIOCSSERIAL", 21535), ("TIOCSSOFTCAR", 21530), ("TIOCSTI", 21522), ("TIOCSWINSZ", 21524),
    ("TOSTOP", 256), ("VDISCARD", 13), ("VEOF", 4), ("VEOL", 11), ("VEOL2", 16), ("VERASE", 2), ("VINTR", 0),
    ("VKILL", 3), ("VLNEXT", 15), ("VMIN", 6), ("VQUIT", 1), ("VREPRINT", 12), ("VSTART", 8), ("VSTOP", 9),
    ("VSUSP", 10), ("VSWTC", 7), ("VSWTCH", 7), ("VT0", 0), ("VT1", 16384), ("VTDLY", 16384), ("VTIME", 5),
    ("VWERASE", 14), ("XCASE", 4), ("XTABS", 6144), ("_POSIX_VDISABLE", 0),
];
