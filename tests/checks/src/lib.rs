//! What the filter has to make of any message: the contract a second time, and the checks that hold every record against
//! it. Property tests and fuzz targets share them; a fuzz target builds these few dependencies, not those of all tests.

pub mod checks;
pub mod grammar;
pub mod json;
pub mod messagepack;
pub mod oracle;
pub mod quoted;
