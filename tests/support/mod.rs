//! What several tests share.

#[allow(dead_code, reason = "the bound on levels is for another test")]
pub(crate) mod answer;
pub(crate) mod cases;
#[allow(dead_code, reason = "the contract's cases are messages of their own")]
pub(crate) mod grammar;
pub(crate) mod hosts;
#[allow(dead_code, reason = "what it can tell of a value is for other tests")]
pub(crate) mod json;
#[allow(dead_code, reason = "other tests run the host in other ways")]
pub(crate) mod lua;
pub(crate) mod messagepack;
#[allow(dead_code, reason = "how a message is read is for other tests")]
pub(crate) mod module;
#[allow(dead_code, reason = "other tests run the host in other ways")]
pub(crate) mod native;
#[allow(dead_code, reason = "what it says of records is for other tests")]
pub(crate) mod oracle;
#[allow(dead_code, reason = "the programs that it can compile are for other tests")]
pub(crate) mod twin;
