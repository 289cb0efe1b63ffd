//! The versions of Vector that the documents name.

/// Those that all of it is tried with before a release, the oldest first. The first is also the oldest that is supported.
pub const TRIED: [&str; 2] = ["0.56", "0.58"];
