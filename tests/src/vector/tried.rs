//! The versions of Vector that the documents name.

/// The versions that every release is tested with, oldest first. The first is also the oldest supported version.
pub const TRIED: [&str; 2] = ["0.56", "0.58"];
