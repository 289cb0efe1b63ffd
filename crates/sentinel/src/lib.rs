//! The Microsoft Sentinel templates of eset-filter: the table `eset_CL`, the data collection rule that fills it, and
//! the content that queries it.
//!
//! [`columns`] derives the columns of the table from the filter's schema. [`transform`] writes the rule's
//! `transformKql`, which maps the fields of the stream to these columns. [`deployment`] combines table, rule and role
//! in a [`template::Template`], which is written as an ARM template or as Bicep. [`existing`] reads an existing table,
//! so that none of its columns is lost. [`content`] and [`workbook`] turn YAML files into the content template.
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
