//! Special methods.

/// Which special method a `LOAD_SPECIAL` oparg means, and the complaint when it is missing.
pub fn special_method(which: u32) -> (&'static str, &'static str) {
    match which {
        0 => ("__enter__", "object does not support the context manager protocol (missed __enter__ method)"),
        1 => ("__exit__", "object does not support the context manager protocol (missed __exit__ method)"),
        2 => (
            "__aenter__",
            "object does not support the asynchronous context manager protocol (missed __aenter__ method)",
        ),
        _ => {
            ("__aexit__", "object does not support the asynchronous context manager protocol (missed __aexit__ method)")
        }
    }
}
