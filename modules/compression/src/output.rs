//! Room for what a library writes.

/// Makes room at the end of `out`, so that it has no more than `limit` bytes in the end; how many bytes fit.
///
/// # Errors
/// There is no memory.
pub fn room(out: &mut Vec<u8>, limit: Option<usize>) -> Result<usize, ()> {
    let wanted = out.len().clamp(8 << 10, 1 << 26);
    let wanted = limit.map_or(wanted, |limit| wanted.min(limit.saturating_sub(out.len())));
    out.try_reserve(wanted).map_err(|_| ())?;
    Ok(wanted)
}
