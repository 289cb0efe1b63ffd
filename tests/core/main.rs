//! Compares the core with a second implementation of the contract, and checks the cost of messages in the core and in
//! the modules built from it, and the positions of the parts of an event.

mod cost;
mod fuzz;
mod places;
mod properties;
