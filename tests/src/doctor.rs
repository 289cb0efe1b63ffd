//! A set-up for `eset-filter doctor`, and an Azure for it that answers what a test tells it to.

mod azure;
mod set_up;

pub use azure::{Azure, Request};
pub use set_up::{Found, SECRET, SetUp, mode, native, wasm};
