//! What several tests share.

pub(crate) mod cases;
pub(crate) mod hosts;
pub(crate) mod module;
