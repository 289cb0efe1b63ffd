//! Generated messages and their expected records.

use std::process::{Command, Stdio};

use eset_filter::{Filter, Options, encode};
use eset_filter_generator::{Generator, GeneratorOptions, Header, Kind};
use libtest_mimic::Failed;
use serde_json::Value;

/// The messages of a seed. Each trial uses different seeds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traffic {
    pub(crate) seed: u64,
    pub(crate) count: u64,
    /// Messages per second. `None` sends them as fast as they are accepted.
    pub(crate) rate: Option<u32>,
    pub(crate) header: Header,
}

impl Traffic {
    /// Returns this many messages of a seed, sent as fast as they are accepted.
    pub(crate) fn new(seed: u64, count: u64) -> Self {
        Self { seed, count, rate: None, header: Header::default() }
    }

    /// Sets the rate in messages per second.
    pub(crate) fn at(self, rate: u32) -> Self {
        Self { rate: Some(rate), ..self }
    }

    /// Sends the messages with `eset-filter generate` to `udp://…`, `tcp://…` or `tls://…`, and returns when all are
    /// sent.
    pub(crate) fn send(&self, to: &str, more: &[&str]) -> Result<(), Failed> {
        let mut command = Command::new(eset_filter_tests::command());
        command.args(["generate", "--mark", "--to", to]);
        command.arg("--seed").arg(self.seed.to_string()).arg("--count").arg(self.count.to_string());
        if let Some(rate) = self.rate {
            command.arg("--rate").arg(rate.to_string());
        }
        command.arg("--header").arg(match self.header {
            Header::Rfc3164 => "rfc3164",
            Header::Rfc5424 => "rfc5424",
            Header::None => "none",
        });
        let output = command.args(more).stdin(Stdio::null()).output()?;
        if output.status.success() {
            Ok(())
        } else {
            Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
        }
    }

    /// Returns the messages.
    pub(crate) fn messages(&self) -> impl Iterator<Item = Vec<u8>> {
        self.generator().take(self.count as usize)
    }

    /// Returns the number of marked events.
    pub(crate) fn marked(&self) -> u64 {
        let mut generator = self.generator();
        let mut message = Vec::new();
        (0..self.count).filter(|_| matches!(generator.next_into(&mut message), Kind::Event | Kind::Cut)).count() as u64
    }

    fn generator(&self) -> Generator {
        let Self { seed, header, .. } = *self;
        Generator::new(GeneratorOptions { seed, header, mark: true, ..Default::default() })
    }

    /// Returns the records of the core for the messages.
    pub(crate) fn records(&self, options: &Options) -> Vec<Value> {
        let mut filter = Filter::new(options.clone());
        let mut out = Vec::new();
        let mut records = Vec::new();
        for message in self.messages() {
            let mut events = filter.parse(&message);
            while let Some(event) = events.next() {
                out.clear();
                encode::json::write(&event, &mut out);
                records.push(serde_json::from_slice(&out).expect("the core writes JSON"));
            }
        }
        records
    }
}
