//! Measures how fast one core turns a raw message into JSON or MessagePack, compared with the usual alternatives.
//!
//! The routes take turns within one run, and the median of each is reported, so the ratios hold on any machine.

use std::hint::black_box;
use std::time::{Duration, Instant};

use eset_filter::{Filter, Options, encode};
use eset_filter_generator::{Generator, GeneratorOptions};
use once_cell::sync::Lazy;
use regex_lite::Regex;
use serde_json::Value;

const MESSAGES: usize = 5_000;
const ROUNDS: usize = 31;

/// A name, and a function that turns a message into the bytes of a record and returns their number.
type Route<'r> = (&'static str, &'r mut dyn FnMut(&str) -> usize);

/// The first of the two steps of the retired agent's configuration: the text between the outermost braces.
static BRACES: Lazy<Regex> = Lazy::new(|| Regex::new(r"(?s)\{.*\}").expect("the pattern is valid"));

fn main() {
    let mut generator = Generator::new(GeneratorOptions::default());
    let messages: Vec<String> = std::iter::from_fn(|| generator.next())
        .filter_map(|message| String::from_utf8(message).ok())
        .filter(|message| eset_filter_baseline::event(message).is_some())
        .take(MESSAGES)
        .collect();
    let bytes: usize = messages.iter().map(String::len).sum();

    let mut filter = Filter::new(Options::default());
    let mut out = Vec::new();
    let mut json = |message: &str| {
        out.clear();
        let mut events = filter.parse(message.as_bytes());
        while let Some(event) = events.next() {
            encode::json::write(&event, &mut out);
        }
        out.len()
    };
    let mut filter = Filter::new(Options::default());
    let mut out = Vec::new();
    let mut msgpack = |message: &str| {
        out.clear();
        let mut events = filter.parse(message.as_bytes());
        while let Some(event) = events.next() {
            encode::msgpack::write(&event, &mut out);
        }
        out.len()
    };
    let mut routes: [Route<'_>; 7] = [
        ("eset-filter: message to MessagePack", &mut msgpack),
        ("eset-filter: message to JSON", &mut json),
        ("serde_json::Value: parse, type, flatten, to MessagePack", &mut |message| {
            rmp_serde::to_vec(&eset_filter_baseline::event(message)).map_or(0, |out| out.len())
        }),
        ("serde_json::Value: parse, type, flatten, to JSON", &mut |message| {
            serde_json::to_vec(&eset_filter_baseline::event(message)).map_or(0, |out| out.len())
        }),
        ("regex-lite for the braces, then serde_json::Value and back", &mut |message| {
            BRACES.find(message).map_or(0, |object| round_trip(object.as_str()))
        }),
        ("serde_json::Value and back, only the object", &mut |message| {
            let object = message.find('{').zip(message.rfind('}'));
            object.map_or(0, |(start, end)| round_trip(&message[start..=end]))
        }),
        ("memchr for a byte that does not occur: the lower bound", &mut |message| {
            memchr::memchr(0x01, message.as_bytes()).unwrap_or_default()
        }),
    ];

    let mut times = vec![Vec::with_capacity(ROUNDS); routes.len()];
    for _ in 0..ROUNDS {
        for ((_, route), times) in routes.iter_mut().zip(&mut times) {
            let start = Instant::now();
            for message in &messages {
                black_box(route(black_box(message)));
            }
            times.push(start.elapsed());
        }
    }

    eset_filter_benches::machine();
    println!(
        "{} messages, {} bytes on average, one core, median of {ROUNDS} rounds\n",
        messages.len(),
        bytes / messages.len()
    );
    let medians: Vec<f64> = times.iter_mut().map(|times| median(times).as_secs_f64()).collect();
    println!("{:58} {:>8} {:>10} {:>12}", "", "MB/s", "ns/message", "relative speed");
    for ((name, _), median) in routes.iter().zip(&medians) {
        let rate = bytes as f64 / median / 1e6;
        let each = median / messages.len() as f64 * 1e9;
        println!("{name:58} {rate:8.0} {each:10.0} {:12.2}", medians[2] / median);
    }
    print_formats();
}

/// Prints the time per byte in each format, for the same event with the same values.
fn print_formats() {
    println!("\n{:58} {:>8} {:>10} {:>12}", "the same event, to JSON", "MB/s", "ns/message", "ns/byte");
    for (name, message) in FORMATS {
        let mut filter = Filter::new(Options::default());
        let (mut out, mut times) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let start = Instant::now();
            for _ in 0..MESSAGES {
                out.clear();
                let mut events = filter.parse(black_box(message.as_bytes()));
                while let Some(event) = events.next() {
                    encode::json::write(&event, &mut out);
                }
                black_box(&out);
            }
            times.push(start.elapsed());
        }
        let each = median(&mut times).as_secs_f64() / MESSAGES as f64;
        let length = message.len() as f64;
        println!("{name:58} {:8.0} {:10.0} {:12.2}", length / each / 1e6, each * 1e9, each * 1e9 / length);
    }
}

/// The same event in each format.
const FORMATS: [(&str, &str); 3] = [
    (
        "JSON",
        r#"<14>Oct 30 05:31:10 srv ERAServer[75]: {"event_type":"Threat_Event","ipv4":"10.1.160.23","hostname":"win10-lab","source_uuid":"5a1f0d2e-9c3b-4f6a-8b7d-1e2f3a4b5c6d","occured":"21-Jun-2021 09:46:15","severity":"Warning","group_name":"All/Lost & found","os_name":"Microsoft Windows 11 Pro","threat_type":"Virus","threat_name":"Win32/Agent.Gen","scanner_id":"On-demand scanner","engine_version":"34052 (20260903)","object_type":"File","object_uri":"file:///C:/Users/ann/a.exe","action_taken":"Cleaned by deleting","threat_handled":true,"need_restart":false,"username":"EXAMPLE\\ann","hash":"3ccf83ba204b33d808b3c663b82bb8b3eb57d073"}"#,
    ),
    (
        "CEF",
        r"<14>Oct 30 05:31:10 srv ERAServer[75]: CEF:0|ESET|Protect|11.1.20.0|183|File scanner cleaned a virus|5|cat=ESET Threat Event dvc=10.1.160.23 dvchost=win10-lab deviceExternalId=5a1f0d2e-9c3b-4f6a-8b7d-1e2f3a4b5c6d rt=Jun 21 2021 09:46:15 ESETProtectDeviceGroupName=All/Lost & found ESETProtectDeviceOsName=Microsoft Windows 11 Pro cs3=Virus cs3Label=Threat Type cs1=Win32/Agent.Gen cs1Label=Threat Name cs4=On-demand scanner cs4Label=Scanner ID cs2=34052 (20260903) cs2Label=Engine Version fileType=File filePath=file:///C:/Users/ann/a.exe act=Cleaned by deleting cn1=1 cn1Label=Handled cn2=0 cn2Label=Restart Needed suser=EXAMPLE\\ann cs8=3ccf83ba204b33d808b3c663b82bb8b3eb57d073 cs8Label=Hash",
    ),
    (
        "LEEF",
        "<14>Oct 30 05:31:10 srv ERAServer[75]: LEEF:1.0|ESET|RemoteAdministrator|10.1.0.0|Threat Event|cat=ESET Threat Event\tsev=5\tdevTime=Jun 21 2021 09:46:15 GMT\tdevTimeFormat=MMM dd yyyy HH:mm:ss z\tsrc=10.1.160.23\tdeviceName=win10-lab\tdeviceUuid=5a1f0d2e-9c3b-4f6a-8b7d-1e2f3a4b5c6d\tdeviceGroupName=All/Lost & found\tdeviceOSName=Microsoft Windows 11 Pro\tthreatType=Virus\tthreatName=Win32/Agent.Gen\tscannerID=On-demand scanner\tengineVersion=34052 (20260903)\tobjectType=File\tobjectUri=file:///C:/Users/ann/a.exe\tactionTaken=Cleaned by deleting\tthreatHandled=true\tneedRestart=false\taccountName=EXAMPLE\\ann\thash=3ccf83ba204b33d808b3c663b82bb8b3eb57d073",
    ),
];

fn round_trip(object: &str) -> usize {
    let value: Option<Value> = serde_json::from_str(object).ok();
    serde_json::to_vec(&value).map_or(0, |out| out.len())
}

/// Returns the median.
fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
