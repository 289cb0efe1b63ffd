//! What several tests share.

pub mod cases;
pub mod hosts;
