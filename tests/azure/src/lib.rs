//! Azure on loopback, as a shipper sees it: Entra's token endpoint and a data collection endpoint of the Logs Ingestion
//! API, for tests and trials without Azure.
//!
//! An [`Endpoint`] enforces the same rules as Azure, with Azure's status codes and error bodies as far as they are
//! known ([`token`], [`ingestion`] and [`stream`] name the sources). It fails on demand ([`Faults`]), and records what
//! it has accepted and refused ([`Journal`]).
//!
//! ```
//! use eset_filter_azure_loopback::{Endpoint, Settings};
//!
//! let endpoint = Endpoint::start(Settings::default()).unwrap();
//! assert!(endpoint.url().starts_with("http://127.0.0.1:"));
//! assert_eq!(endpoint.journal().summary().accepted, 0);
//! ```
//!
//! # Differences from Azure
//!
//! Azure answers 204 to some data that never reaches the table: a body that is an object instead of an array, columns
//! that the stream does not declare, and values of the wrong type. This endpoint refuses the first. It accepts the
//! others but reports them in [`Journal::complaints`], so that a test can require that there are none.
//!
//! # Limitations
//!
//! Transformations (`transformKql`), limits per minute, and certificates and managed identities as credentials are not
//! implemented.
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
