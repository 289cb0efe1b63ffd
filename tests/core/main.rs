//! The core against the contract written a second time, what a message costs in it, and in the modules that are made of it; and where
//! the parts of an event stand.

mod cost;
mod fuzz;
mod places;
mod properties;
