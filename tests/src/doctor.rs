//! A setup for `eset-filter doctor`, and an imitation of Azure whose answers a test chooses.

mod azure;
mod set_up;

pub use azure::{Azure, Request};
pub use set_up::{Found, SECRET, SetUp, mode, native, wasm};
