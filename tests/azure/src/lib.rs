//! Azure on loopback, as a shipper sees it: Entra's token route and a data collection endpoint of the Logs Ingestion
//! API, for tests and for trials without Azure.
//!
//! An [`Endpoint`] enforces what Azure enforces, with Azure's status codes and error bodies as far as they are known
//! ([`token`], [`ingestion`], [`stream`] name the sources), fails on demand ([`Faults`]), and keeps an account of what it
//! has accepted and refused ([`Journal`]).
//!
//! ```
//! use eset_filter_azure_loopback::{Endpoint, Settings};
//!
//! let endpoint = Endpoint::start(Settings::default()).unwrap();
//! assert!(endpoint.url().starts_with("http://127.0.0.1:"));
//! assert_eq!(endpoint.journal().summary().accepted, 0);
//! ```
//!
//! # Where it is stricter
//!
//! Azure answers 204 to much that never reaches the table: a body that is an object and not an array, columns that the
//! stream does not declare, values of another type. Here the first is refused, and the others are accepted and reported
//! ([`Journal::complaints`]), so that a test can insist on there being none.
//!
//! # What it does not do
//!
//! Transformations (`transformKql`), limits for each minute, certificates and managed identities as credentials.
#![forbid(unsafe_code)]

mod answer;
pub mod command;
mod faults;
pub mod ingestion;
mod journal;
mod ports;
mod server;
mod settings;
pub mod stream;
mod tls;
pub mod token;

pub use faults::{Fault, Faults};
pub use journal::{Call, Complaint, Journal, Marks, Summary};
pub use ports::free_port;
pub use server::Endpoint;
pub use settings::{Keep, Settings};
