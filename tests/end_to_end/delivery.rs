//! Without faults every event arrives once, as the record of the core, whatever its transport.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use eset_filter_azure_loopback::Settings;
use eset_filter_generator::Header;
use eset_filter_tests::receiver::Input;
use libtest_mimic::{Failed, Trial};

use crate::receipt::Times;
use crate::rsyslog::Relay;
use crate::scenario::{Context, Scenario, trial};
use crate::shipper::{Setup, Shipper};
use crate::traffic::Traffic;

/// Returns the trials with a shipper.
pub(crate) fn trials(shipper: &Arc<dyn Shipper>) -> Vec<Trial> {
    let mut trials = vec![
        trial(shipper, "steady", steady),
        trial(shipper, "tls_octet", tls_octet),
        trial(shipper, "burst", burst),
        trial(shipper, "burst_tls", burst_tls),
    ];
    if Relay::executable().is_some() {
        trials.push(trial(shipper, "rsyslog", rsyslog));
        trials.push(trial(shipper, "rsyslog_standard_format", rsyslog_standard_format));
    }
    trials
}

/// Sends over UDP, TCP, TCP with octet counting, and TLS at the same time, with both of ESET's headers and without one.
fn steady(context: &Context) -> Result<(), Failed> {
    let setup = Setup { inputs: &[Input::Tls, Input::Octet], ..Setup::default() };
    let scenario = Scenario::start(context, setup, Settings::default())?;
    let certificate = scenario.host.directory().join("cert.pem");
    let (udp, tcp, tls, octet) = (scenario.udp(), scenario.tcp(), scenario.tls(), scenario.octet());
    let trusting = ["--ca", &certificate.to_string_lossy()];
    let counting = ["--framing", "octet"];
    let traffic = |seed, header| Traffic { header, ..Traffic::new(seed, 1500).at(150) };
    let runs: [(Traffic, &str, &[&str]); 6] = [
        (traffic(11, Header::Rfc5424), &udp, &[]),
        (traffic(12, Header::Rfc3164), &udp, &[]),
        (traffic(13, Header::Rfc5424), &tcp, &[]),
        (traffic(14, Header::None), &tcp, &[]),
        (traffic(15, Header::Rfc3164), &tls, &trusting),
        (traffic(16, Header::Rfc5424), &octet, &counting),
    ];
    thread::scope(|scope| {
        let senders = runs.map(|(traffic, to, more)| scope.spawn(move || traffic.send(to, more)));
        senders.into_iter().try_for_each(|sender| sender.join().expect("a sender does not panic"))
    })?;
    let expected = scenario.expect(&runs.map(|(traffic, ..)| traffic));
    scenario.finish(&expected, Times::Once).map(drop)
}

/// Sends over TLS with octet counting.
fn tls_octet(context: &Context) -> Result<(), Failed> {
    let setup = Setup { inputs: &[Input::TlsOctet], ..Setup::default() };
    let scenario = Scenario::start(context, setup, Settings::default())?;
    let certificate = scenario.host.directory().join("cert.pem");
    let traffic = Traffic::new(17, 2000);
    traffic.send(&scenario.tls(), &["--framing", "octet", "--ca", &certificate.to_string_lossy()])?;
    let expected = scenario.expect(&[traffic]);
    scenario.finish(&expected, Times::Once).map(drop)
}

/// Sends 20,000 events within a second.
fn burst(context: &Context) -> Result<(), Failed> {
    let scenario = Scenario::start(context, Setup::default(), Settings::default())?;
    let traffic = Traffic::new(21, 20_000);
    let start = Instant::now();
    traffic.send(&scenario.tcp(), &[])?;
    println!("{}: 20,000 messages were accepted in {:.2?}", context.name, start.elapsed());
    let expected = scenario.expect(&[traffic]);
    scenario.finish(&expected, Times::Once).map(drop)
}

/// Sends the same burst over TLS, the input of which has its own thread.
fn burst_tls(context: &Context) -> Result<(), Failed> {
    let setup = Setup { inputs: &[Input::Tls], ..Setup::default() };
    let scenario = Scenario::start(context, setup, Settings::default())?;
    let certificate = scenario.host.directory().join("cert.pem");
    let traffic = Traffic::new(22, 20_000);
    traffic.send(&scenario.tls(), &["--ca", &certificate.to_string_lossy()])?;
    let expected = scenario.expect(&[traffic]);
    scenario.finish(&expected, Times::Once).map(drop)
}

/// Sends through rsyslog with the configuration of this repository, which forwards messages unchanged.
fn rsyslog(context: &Context) -> Result<(), Failed> {
    let setup = Setup { inputs: &[Input::Rsyslog], ..Setup::default() };
    let scenario = Scenario::start(context, setup, Settings::default())?;
    let relay = Relay::as_shipped(scenario.host.ports.rsyslog, context.shipper.relay_framing())?;
    let traffic =
        [Traffic::new(31, 1000).at(500), Traffic { header: Header::Rfc3164, ..Traffic::new(32, 1000).at(500) }];
    traffic[0].send(&relay.tcp(), &[])?;
    traffic[1].send(&relay.udp(), &[])?;
    let expected = scenario.expect(&traffic).without_sender();
    scenario.finish(&expected, Times::Once).map(drop)
}

/// Sends through an rsyslog that parses the messages and writes its own header, which is the default. The traffic has
/// RFC 5424 headers: with RFC 3164, rsyslog does not recognise the header of ESET's heartbeats, which has `-` as its
/// host, and changes these messages.
fn rsyslog_standard_format(context: &Context) -> Result<(), Failed> {
    let scenario = Scenario::start(context, Setup::default(), Settings::default())?;
    let relay = Relay::standard(scenario.host.ports.tcp)?;
    let traffic = [Traffic::new(33, 1000).at(500), Traffic::new(34, 1000).at(500)];
    traffic[0].send(&relay.tcp(), &["--framing", "octet"])?;
    traffic[1].send(&relay.udp(), &[])?;
    let expected = scenario.expect(&traffic).ignoring(&["raw_message"]);
    scenario.finish(&expected, Times::Once).map(drop)
}
