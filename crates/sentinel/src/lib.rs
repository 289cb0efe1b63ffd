//! The Microsoft Sentinel side of eset-filter: the table `eset_CL`, the data collection rule that fills it, and what queries it.
//!
//! [`columns`] knows the table's columns, from the filter's schema; [`transform`] writes the rule's `transformKql`, which
//! turns the stream's fields into them; [`deployment`] puts table, rule and role into a [`template::Template`], which is
//! written as an ARM template or as Bicep. [`existing`] reads a table that is there already, so that none of its columns is lost.
//!
//! ```
//! use eset_filter_sentinel::{columns, deployment, transform};
//!
//! let columns = columns::all();
//! assert!(transform::kql(&columns).contains("source_port_d = toreal(source_port)"));
//! let arm = deployment::new(&columns).to_arm();
//! assert_eq!(arm["resources"][0]["type"], "Microsoft.OperationalInsights/workspaces/tables");
//! ```
#![forbid(unsafe_code)]

mod asim;
pub mod columns;
pub mod content;
pub mod deployment;
pub mod existing;
pub mod template;
pub mod transform;
pub mod workbook;
mod yaml;
