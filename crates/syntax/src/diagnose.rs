//! tmp
use crate::error::*;
use crate::lines::Lines;
use crate::parse::*;
pub enum Verdict {
    Error(SyntaxError),
    Valid,
}
pub fn token_error(_s: &str, _l: &Lines) -> Option<SyntaxError> {
    None
}
pub fn diagnose(_s: &str, _l: &Lines, _m: Mode, _o: &Options) -> Verdict {
    Verdict::Valid
}
pub fn error_at_start(_s: &str, _l: &Lines, m: &str) -> SyntaxError {
    SyntaxError::placeless(ErrorKind::SyntaxError, m)
}
pub fn incomplete(_s: &str, _l: &Lines) -> SyntaxError {
    SyntaxError::placeless(ErrorKind::IncompleteInput, "incomplete input")
}
