//! Nothing goes wrong: every event arrives once, typed as the core has it, whichever way it came in.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use eset_filter::cli::generate::Header;
use eset_filter_endpoint::Settings;
use libtest_mimic::{Failed, Trial};

use crate::receipt::Times;
use crate::rsyslog::{Format, Relay};
use crate::scenario::{Context, Scenario, trial};
use crate::shipper::{Setup, Shipper};
use crate::traffic::Traffic;

/// The trials with a host.
pub(crate) fn trials(shipper: &Arc<dyn Shipper>) -> Vec<Trial> {
    let mut trials = vec![trial(shipper, "steady", steady), trial(shipper, "burst", burst)];
    if Relay::executable().is_some() {
        trials.push(trial(shipper, "rsyslog", rsyslog));
        trials.push(trial(shipper, "rsyslog_standard_format", rsyslog_standard_format));
    }
    trials
}

/// By UDP, TCP and TLS at the same time, with both of ESET's headers and none.
fn steady(context: &Context) -> Result<(), Failed> {
    let scenario = Scenario::start(context, Setup { tls: true, ..Setup::default() }, Settings::default())?;
    let (udp, tcp, tls) = (scenario.udp(), scenario.tcp(), scenario.tls());
    let certificate = scenario.host.folder().join("cert.pem");
    let octet = ["--framing", "octet", "--ca", &certificate.to_string_lossy()];
    let rfc3164 = |traffic: Traffic| Traffic { header: Header::Rfc3164, ..traffic };
    let without = |traffic: Traffic| Traffic { header: Header::None, ..traffic };
    let runs: [(Traffic, &str, &[&str]); 5] = [
        (Traffic::new(11, 1500).at(150), &udp, &[]),
        (rfc3164(Traffic::new(12, 1500).at(150)), &udp, &[]),
        (Traffic::new(13, 1500).at(150), &tcp, &[]),
        (without(Traffic::new(14, 1500).at(150)), &tcp, &[]),
        (rfc3164(Traffic::new(15, 1500).at(150)), &tls, &octet),
    ];
    thread::scope(|scope| {
        let senders = runs.map(|(traffic, to, more)| scope.spawn(move || traffic.send(to, more)));
        senders.into_iter().try_for_each(|sender| sender.join().expect("a sender does not panic"))
    })?;
    let expected = scenario.expect(&runs.map(|(traffic, ..)| traffic));
    scenario.finish(&expected, Times::Once).map(drop)
}

/// 20,000 events within a second.
fn burst(context: &Context) -> Result<(), Failed> {
    let scenario = Scenario::start(context, Setup::default(), Settings::default())?;
    let traffic = Traffic::new(21, 20_000);
    let start = Instant::now();
    traffic.send(&scenario.tcp(), &[])?;
    println!("{}: 20,000 messages were taken in {:.2?}", context.name, start.elapsed());
    let expected = scenario.expect(&[traffic]);
    scenario.finish(&expected, Times::Once).map(drop)
}

/// Through rsyslog, which hands on what it has received.
fn rsyslog(context: &Context) -> Result<(), Failed> {
    let scenario = Scenario::start(context, Setup::default(), Settings::default())?;
    let relay = Relay::start(Format::AsReceived, scenario.host.ports.tcp)?;
    let traffic =
        [Traffic::new(31, 1000).at(500), Traffic { header: Header::Rfc3164, ..Traffic::new(32, 1000).at(500) }];
    traffic[0].send(&relay.tcp(), &[])?;
    traffic[1].send(&relay.udp(), &[])?;
    let expected = scenario.expect(&traffic);
    scenario.finish(&expected, Times::Once).map(drop)
}

/// Through rsyslog, which reads the messages and writes a header of its own.
fn rsyslog_standard_format(context: &Context) -> Result<(), Failed> {
    let scenario = Scenario::start(context, Setup::default(), Settings::default())?;
    let relay = Relay::start(Format::Standard, scenario.host.ports.tcp)?;
    let traffic = [Traffic::new(33, 1000).at(500), Traffic::new(34, 1000).at(500)];
    traffic[0].send(&relay.tcp(), &["--framing", "octet"])?;
    traffic[1].send(&relay.udp(), &[])?;
    let expected = scenario.expect(&traffic).ignoring(&["raw_message"]);
    scenario.finish(&expected, Times::Once).map(drop)
}
