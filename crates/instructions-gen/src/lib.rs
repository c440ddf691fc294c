//! instructions-gen
