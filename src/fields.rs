//! Fields: what the members of an event become.
//!
//! `collect` puts members into typed slots or the additional fields, `typed` converts values to the types of the
//! schema, and `datetime` and `number` parse timestamps and numbers.

mod collect;
mod datetime;
mod guid;
mod merge_sort;
mod number;
#[cfg_attr(not(feature = "places"), path = "fields/no_origins.rs")]
mod origins;
mod place;
mod set;
mod typed;

pub(crate) use collect::{Allowance, Collected, Entry};
pub use datetime::DateTime;
pub(crate) use datetime::is_month;
pub use number::Number;
pub(crate) use number::has_double_digits;
#[cfg(feature = "places")]
pub(crate) use origins::Origin;
pub(crate) use place::{Place, Sent};
pub(crate) use typed::Typed;
