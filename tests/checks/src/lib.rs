//! Checks of the records for any message: a second implementation of the contract, and the comparison of every record
//! with it. Property tests and fuzz targets share them. This is a separate package so that a fuzz target builds only
//! these few dependencies, and not those of all tests.

pub mod checks;
pub mod grammar;
pub mod json;
pub mod messagepack;
pub mod oracle;
pub mod quoted;
