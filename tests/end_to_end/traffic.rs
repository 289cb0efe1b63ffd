//! Generated messages: as they are sent, and the records that they have to become.

use std::process::{Command, Stdio};

use eset_filter::{Filter, Options, encode};
use eset_filter_generator::{Generator, GeneratorOptions, Header, Kind};
use libtest_mimic::Failed;
use serde_json::Value;

/// Messages of a seed. Each trial takes seeds of its own for what it sends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traffic {
    pub(crate) seed: u64,
    pub(crate) count: u64,
    /// Messages a second; `None` is as fast as they are taken.
    pub(crate) rate: Option<u32>,
    pub(crate) header: Header,
}

impl Traffic {
    /// So many messages of a seed, as fast as they are taken.
    pub(crate) fn new(seed: u64, count: u64) -> Self {
        Self { seed, count, rate: None, header: Header::default() }
    }

    /// The same, at a rate.
    pub(crate) fn at(self, rate: u32) -> Self {
        Self { rate: Some(rate), ..self }
    }

    /// Sends them with `eset-filter generate`, to `udp://…`, `tcp://…` or `tls://…`. Returns when they are sent.
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

    /// The messages.
    pub(crate) fn messages(&self) -> impl Iterator<Item = Vec<u8>> {
        self.generator().take(self.count as usize)
    }

    /// How many of them are marked events.
    pub(crate) fn marked(&self) -> u64 {
        let mut generator = self.generator();
        let mut message = Vec::new();
        (0..self.count).filter(|_| matches!(generator.next_into(&mut message), Kind::Event | Kind::Cut)).count() as u64
    }

    fn generator(&self) -> Generator {
        let Self { seed, header, .. } = *self;
        Generator::new(GeneratorOptions { seed, header, mark: true, ..Default::default() })
    }

    /// What the core makes of them.
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
