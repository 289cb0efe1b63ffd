//! The stream of messages: chooses the kind, time and sender of each message. It performs no I/O and reads no clock.

use fastrand::Rng;

use crate::envelope::{Envelope, Header, Severity};
use crate::events::{Device, Event, EventType, pick};
use crate::json::append;
use crate::payload::{Format, Payload, Quirks};
use crate::time::Time;
use crate::vocabulary::{SCANNERS, SENDERS, Sender, UNKNOWN_FIELDS, Unknown};
use crate::{cef, json, leef};

/// The length at which ESET cuts a message, in characters. According to "Export logs to Syslog", a message is at most 8
/// KB and is shortened to 8000 characters. The count here starts at the payload, which leaves space for the header
/// within the 8 KB.
const CUT_AT: usize = 8000;

/// The beginning of the year that contains the first event of every seed. Events are therefore in the past, except in a
/// very long capture.
const FIRST_DAY: Time = Time::START_OF_2025;

/// The options of a [`Generator`].
///
/// ```
/// use eset_filter_generator::{Generator, GeneratorOptions};
///
/// let mut messages = Generator::new(GeneratorOptions { seed: 7, ..Default::default() });
/// assert!(messages.next().unwrap().starts_with(b"<"));
/// ```
#[derive(Clone, Debug)]
pub struct GeneratorOptions {
    /// The seed of the random generator. The same seed produces the same messages, byte for byte. The default is 1.
    pub seed: u64,
    /// The syslog header. It does not affect the payloads.
    pub header: Header,
    /// The format of the events. It does not affect their values, except that a format may lack some fields.
    pub payload: Payload,
    /// Whether the `group_description` of every event is `id-<seed>-<n>`, where n counts the events from 1, including
    /// cut ones.
    pub mark: bool,
    /// Whether to generate only complete events as ESET PROTECT on-premises sends them: no heartbeats, text, cut
    /// messages, unknown fields or byte-order marks, and no JSON strings for bools and numbers. CEF and LEEF are
    /// written without unusual variants.
    pub clean: bool,
}

impl Default for GeneratorOptions {
    fn default() -> Self {
        Self { seed: 1, header: Header::default(), payload: Payload::default(), mark: false, clean: false }
    }
}

/// The kind of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A complete event.
    Event,
    /// A truncated event.
    Cut,
    /// A plain-text notification.
    Notification,
    /// A heartbeat.
    Heartbeat,
}

/// An endless iterator over syslog messages as ESET PROTECT sends them, without framing.
///
/// The first eight messages are one event of each type. Without [`clean`](GeneratorOptions::clean), the next four are a
/// heartbeat, an event with unknown fields, a text notification and a cut event. All later messages are random.
///
/// No message contains a line break.
#[derive(Debug)]
pub struct Generator {
    options: GeneratorOptions,
    rng: Rng,
    /// The time at which the ESET server sends the current message.
    clock: Time,
    messages: u64,
    events: u64,
}

impl Generator {
    /// Creates a generator that starts at the first message of the seed.
    #[must_use]
    pub fn new(options: GeneratorOptions) -> Self {
        let mut rng = Rng::with_seed(options.seed);
        let clock = FIRST_DAY.after(rng.u64(..300 * Time::DAY));
        Self { options, rng, clock, messages: 0, events: 0 }
    }

    /// Replaces the contents of `out` with the next message, and returns its kind.
    pub fn next_into(&mut self, out: &mut Vec<u8>) -> Kind {
        out.clear();
        self.clock = self.clock.after(self.rng.u64(20..6 * Time::SECOND));
        let kind = self.draw_kind();
        let sender = self.draw_sender();
        match kind {
            Kind::Event | Kind::Cut => self.write_event(kind, sender, out),
            Kind::Notification => self.write_notification(sender, out),
            Kind::Heartbeat => self.write_heartbeat(sender, out),
        }
        self.messages += 1;
        kind
    }

    fn draw_kind(&mut self) -> Kind {
        if self.options.clean {
            return Kind::Event;
        }
        match self.messages {
            0..8 | 9 => Kind::Event,
            8 => Kind::Heartbeat,
            10 => Kind::Notification,
            11 => Kind::Cut,
            _ => match self.rng.u32(..1000) {
                0..20 => Kind::Heartbeat,
                20..24 => Kind::Notification,
                24..34 => Kind::Cut,
                _ => Kind::Event,
            },
        }
    }

    fn draw_sender(&mut self) -> &'static Sender {
        if self.options.clean {
            return &SENDERS[0];
        }
        let mut roll = self.rng.u32(..100);
        for sender in &SENDERS {
            if roll < sender.share {
                return sender;
            }
            roll -= sender.share;
        }
        &SENDERS[0]
    }

    fn draw_unknown(&mut self) -> Option<&'static Unknown> {
        match self.messages {
            _ if self.options.clean => None,
            9 => Some(&UNKNOWN_FIELDS[0]),
            _ => (self.rng.u8(..100) == 0).then(|| pick(&mut self.rng, &UNKNOWN_FIELDS)),
        }
    }

    fn write_event(&mut self, kind: Kind, sender: &'static Sender, out: &mut Vec<u8>) {
        self.events += 1;
        let event_type = match EventType::ALL.get(self.messages as usize) {
            Some(event_type) => *event_type,
            None if kind == Kind::Cut => *pick(&mut self.rng, &EventType::LONG),
            None => EventType::draw(&mut self.rng),
        };
        let event = Event {
            event_type,
            sender,
            device: Device::draw(&mut self.rng, self.options.seed, event_type),
            severity: event_type.draw_severity(&mut self.rng),
            occurred: self.clock.before(self.draw_delay()),
            mark: self.options.mark.then(|| format!("id-{}-{}", self.options.seed, self.events)),
            long: kind == Kind::Cut,
            unknown: self.draw_unknown(),
        };
        self.envelope(sender, event.severity).write(self.options.header, out);
        out.extend_from_slice(sender.byte_order_mark.as_bytes());
        let payload = out.len();
        let own = event.own(&mut self.rng);
        let mut quirks = self.quirks();
        match self.options.payload.format(self.options.seed, self.messages) {
            Format::Json => json::write(&event, &own, out),
            Format::Cef => cef::write(&event, &own, &mut quirks, out),
            Format::Leef => leef::write(&event, &own, &mut quirks, out),
        }
        if kind == Kind::Cut {
            cut(out, payload);
        }
    }

    fn quirks(&self) -> Quirks {
        if self.options.clean { Quirks::none() } else { Quirks::of(self.options.seed, self.messages) }
    }

    /// Returns the delay between an event on the computer and its message, in milliseconds. An agent usually connects
    /// within one or two minutes, but some computers were switched off or away for days.
    fn draw_delay(&mut self) -> u64 {
        let longest = match self.rng.u8(..100) {
            0..90 => 2 * 60 * Time::SECOND,
            90..98 => 8 * Time::HOUR,
            _ => 6 * Time::DAY,
        };
        self.rng.u64(..longest)
    }

    fn write_notification(&mut self, sender: &'static Sender, out: &mut Vec<u8>) {
        let computer = Device::draw(&mut self.rng, self.options.seed, EventType::Threat).computer;
        let (threat_type, threat_name, _) = pick(&mut self.rng, computer.platform.threats);
        let scanner = pick(&mut self.rng, &SCANNERS);
        let time = self.clock.before(self.draw_delay()).notification();
        self.envelope(sender, Severity::Warning).write(self.options.header, out);
        append(
            out,
            format_args!(
                "Detection type: {threat_type} Detection name: {threat_name} Computer name: {} Logged user: {} \
                 Time of occurrence: {time} Scanner: {scanner} Action performed: Blocked",
                computer.name, computer.user
            ),
        );
    }

    fn write_heartbeat(&self, sender: &'static Sender, out: &mut Vec<u8>) {
        let envelope = self.envelope(sender, Severity::Information);
        Envelope { facility: Envelope::LOCAL7, host: "-", ..envelope }.write(self.options.header, out);
        out.extend_from_slice(b"HEARTBEAT");
    }

    fn envelope(&self, sender: &'static Sender, severity: Severity) -> Envelope {
        Envelope { facility: Envelope::USER, severity, time: self.clock, host: sender.host, pid: sender.pid }
    }
}

impl Iterator for Generator {
    type Item = Vec<u8>;

    /// Returns the next message. Never returns `None`.
    fn next(&mut self) -> Option<Self::Item> {
        let mut message = Vec::new();
        self.next_into(&mut message);
        Some(message)
    }
}

/// Truncates the payload, which starts at the offset `payload`, to [`CUT_AT`] characters.
fn cut(message: &mut Vec<u8>, payload: usize) {
    let begins_character = |(_, byte): &(usize, &u8)| **byte & 0b1100_0000 != 0b1000_0000;
    if let Some((end, _)) = message.iter().enumerate().skip(payload).filter(begins_character).nth(CUT_AT) {
        message.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn messages(options: GeneratorOptions, count: usize) -> Vec<(Kind, Vec<u8>)> {
        let mut generator = Generator::new(options);
        let mut next = || {
            let mut out = b"previous contents".to_vec();
            (generator.next_into(&mut out), out)
        };
        (0..count).map(|_| next()).collect()
    }

    fn payloads(seed: u64, count: usize) -> Vec<(Kind, Vec<u8>)> {
        messages(GeneratorOptions { seed, header: Header::None, ..Default::default() }, count)
    }

    /// Returns the JSON of a message, starting at the `{`.
    fn json(message: &[u8]) -> &str {
        let text = str::from_utf8(message).unwrap();
        &text[text.find('{').unwrap()..]
    }

    fn of(payload: Payload, clean: bool, count: usize) -> Vec<(Kind, String)> {
        let options = GeneratorOptions { seed: 11, header: Header::None, payload, mark: true, clean };
        let text = |(kind, message)| (kind, String::from_utf8(message).unwrap());
        messages(options, count).into_iter().map(text).collect()
    }

    fn share(of: &[(Kind, Vec<u8>)], is: impl Fn(Kind, &[u8]) -> bool) -> f64 {
        of.iter().filter(|(kind, message)| is(*kind, message)).count() as f64 / of.len() as f64
    }

    #[test]
    fn a_seed_produces_the_same_bytes() {
        let options = |seed| GeneratorOptions { seed, mark: true, ..Default::default() };
        assert_eq!(messages(options(3), 2000), messages(options(3), 2000));
        assert_ne!(messages(options(3), 1), messages(options(4), 1));
        let items: Vec<_> = Generator::new(options(3)).take(50).collect();
        assert!(messages(options(3), 50).into_iter().map(|(_, message)| message).eq(items));
    }

    /// Captures and benchmarks of different versions are comparable only if a seed's bytes do not change unnoticed.
    /// After an intended change of the messages, update the numbers here.
    #[test]
    fn a_seed_produces_the_bytes_of_earlier_versions() {
        let hash = |seed, header, payload, clean| {
            let messages = messages(GeneratorOptions { seed, header, payload, mark: true, clean }, 5000);
            fnv(messages.iter().flat_map(|(_, message)| message.iter().chain(b"\n")))
        };
        assert_eq!(
            [
                hash(1, Header::Rfc5424, Payload::Json, false),
                hash(2, Header::Rfc3164, Payload::Json, false),
                hash(3, Header::None, Payload::Json, false),
                hash(u64::MAX, Header::Rfc5424, Payload::Json, true),
                hash(1, Header::Rfc5424, Payload::Cef, false),
                hash(2, Header::Rfc3164, Payload::Leef, false),
                hash(3, Header::None, Payload::Mixed, false),
            ],
            [
                8_056_912_994_041_708_779,
                6_407_084_946_556_644_609,
                15_177_254_229_297_175_969,
                11_925_050_615_638_453_319,
                11_138_192_549_097_203_694,
                14_071_614_170_140_569_852,
                14_065_323_524_274_678_624,
            ],
        );
    }

    /// FNV-1a, 64 bits.
    fn fnv<'b>(bytes: impl Iterator<Item = &'b u8>) -> u64 {
        bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3))
    }

    #[test]
    fn the_header_does_not_affect_the_payload() {
        let bare = payloads(5, 500);
        for header in [Header::Rfc3164, Header::Rfc5424] {
            let with = messages(GeneratorOptions { seed: 5, header, ..Default::default() }, 500);
            for ((_, bare), (_, with)) in bare.iter().zip(&with) {
                assert!(with.len() > bare.len() && with.ends_with(bare));
            }
        }
    }

    #[test]
    fn a_short_capture_contains_everything() {
        for seed in 0..200 {
            let first = payloads(seed, 12);
            for event_type in EventType::ALL {
                let name = format!("\"event_type\":\"{}\"", event_type.name());
                assert!(first[..8].iter().any(|(_, message)| json(message).contains(&name)), "{name}");
            }
            let kinds: Vec<Kind> = first.iter().skip(8).map(|(kind, _)| *kind).collect();
            assert_eq!(kinds, [Kind::Heartbeat, Kind::Event, Kind::Notification, Kind::Cut]);
            let unknown: Value = serde_json::from_str(json(&first[9].1)).unwrap();
            assert!(unknown["device_context"]["tags"].is_array());
        }
    }

    #[test]
    fn messages_match_their_kind() {
        for (kind, message) in payloads(11, 20_000) {
            match kind {
                Kind::Event => {
                    let event: Value = serde_json::from_str(json(&message)).unwrap();
                    assert!(event["event_type"].is_string());
                    assert!(json(&message).chars().count() < CUT_AT);
                }
                Kind::Cut => {
                    let json = json(&message);
                    assert_eq!(json.chars().count(), CUT_AT);
                    assert!(serde_json::from_str::<Value>(json).unwrap_err().is_eof());
                }
                Kind::Notification => assert!(message.starts_with(b"Detection type: ") && !message.contains(&b'{')),
                Kind::Heartbeat => assert_eq!(message, b"HEARTBEAT"),
            }
        }
    }

    #[test]
    fn every_format_has_the_same_kinds_and_marks() {
        let [json, cef, leef] = [Payload::Json, Payload::Cef, Payload::Leef].map(|payload| of(payload, false, 5000));
        let mut events = 0;
        for (((kind, json), cef), leef) in json.into_iter().zip(cef).zip(leef) {
            assert_eq!([kind, kind], [cef.0, leef.0]);
            if !matches!(kind, Kind::Event | Kind::Cut) {
                assert_eq!([&cef.1, &leef.1], [&json, &json]);
                continue;
            }
            events += 1;
            let [cef, leef] =
                [cef.1, leef.1].map(|message| message.trim_start_matches(['\u{feff}', 'ï', '»', '¿']).to_owned());
            assert!(cef.starts_with("CEF:0|ESET|Protect") && leef.starts_with("LEEF:"), "{cef}\n{leef}");
            let mark = format!("id-11-{events}");
            assert!(cef.contains(&format!("ESETProtectDeviceGroupDescription={mark} ")), "{cef}");
            assert!(leef.contains(&format!("deviceGroupDescription={mark}")), "{leef}");
            for message in [cef, leef] {
                let length = message.chars().count();
                assert!(if kind == Kind::Cut { length == CUT_AT } else { length < CUT_AT }, "{message}");
                assert!(!message.contains(['\n', '\r', '\0']), "{message}");
            }
        }
    }

    /// The values of a seed do not depend on which messages are in which format.
    #[test]
    fn mixed_messages_match_those_of_the_single_formats() {
        let others = [Payload::Json, Payload::Cef, Payload::Leef].map(|payload| of(payload, false, 3000));
        let mut seen = [0; 3];
        for (at, mixed) in of(Payload::Mixed, false, 3000).into_iter().enumerate() {
            let format = others.iter().position(|other| other[at] == mixed).expect("a message of one of the formats");
            seen[format] += usize::from(mixed.0 == Kind::Event);
        }
        assert!(seen.iter().all(|count| (800..1200).contains(count)), "{seen:?}");
    }

    #[test]
    fn senders_differ_in_their_output() {
        let has = |payload, texts: &[&str]| {
            let messages = of(payload, false, 3000);
            for text in texts {
                assert!(messages.iter().any(|(_, message)| message.contains(text)), "{text}");
            }
        };
        let cef = [
            "|Protect|",
            "|ProtectCloud|",
            "c6a1Label=Device IPv6 Address c6a1=fd",
            " c6a1Label=Device IPv6 Address dvc",
        ];
        has(Payload::Cef, &cef);
        has(
            Payload::Cef,
            &["|109|", r"CORP\\Servers \| Baseline|", " GMT ", ":00 cat=", "cs6= cs6Label=Action Error", r"\=", r"\\"],
        );
        let leef = [
            "LEEF:1.0|",
            "LEEF:2.0|",
            "|x1F|cat",
            "|^|cat",
            "\tsrc=\t",
            "deviceName =",
            "HH:mm:ss\t",
            "inbound=true",
            "inbound=1",
        ];
        has(Payload::Leef, &leef);
    }

    #[test]
    fn clean_events_have_no_unusual_variants() {
        let unusual = [
            "ProtectCloud",
            "Label=Device IPv6 Address c6a1=",
            "LEEF:2.0",
            " =",
            "src=\t",
            " UTC",
            " GMT ",
            "=\t",
            "= ",
        ];
        for payload in [Payload::Cef, Payload::Leef] {
            for (kind, message) in of(payload, true, 3000) {
                assert_eq!(kind, Kind::Event);
                // The user is empty in login attempts.
                let message = message.replace("suser= ", "").replace("user=\t", "");
                let message = message.replace(r"\= ", "");
                assert!(!unusual.iter().any(|text| message.contains(text)), "{message}");
            }
        }
    }

    #[test]
    fn shares_are_realistic() {
        let messages = payloads(2, 20_000);
        let near = |share: f64, expected: f64| assert!((share / expected - 1.0).abs() < 0.25, "{share} for {expected}");
        near(share(&messages, |kind, _| kind == Kind::Heartbeat), 0.02);
        near(share(&messages, |kind, _| kind == Kind::Cut), 0.01);
        near(share(&messages, |kind, _| kind == Kind::Notification), 0.004);
        let has = |text: &'static str| move |_, message: &[u8]| str::from_utf8(message).unwrap().contains(text);
        near(share(&messages, has("\"occured\"")), 0.85);
        near(share(&messages, has("\"occurred\"")), 0.12);
        near(share(&messages, has("\u{feff}{")), 0.54);
        // Only the cloud sends fields without a value, as empty strings, and every event type has such fields.
        near(share(&messages, has(":\"\"")), 0.5);
    }

    #[test]
    fn no_message_contains_a_line_break() {
        for header in [Header::Rfc3164, Header::Rfc5424, Header::None] {
            for (_, message) in messages(GeneratorOptions { header, ..Default::default() }, 5000) {
                assert!(!message.iter().any(|byte| matches!(byte, b'\n' | b'\r' | 0)));
            }
        }
    }

    #[test]
    fn clean_events_are_complete_and_typed() {
        let options = GeneratorOptions { header: Header::None, clean: true, mark: true, ..Default::default() };
        for (n, (kind, message)) in messages(options, 5000).into_iter().enumerate() {
            assert_eq!(kind, Kind::Event);
            let event: Value = serde_json::from_slice(&message).unwrap();
            let event = event.as_object().unwrap();
            assert_eq!(event["group_description"], format!("id-1-{}", n + 1));
            assert!(event.contains_key("occured"));
            for (key, value) in event {
                let empty = value == "" && key != "user";
                assert!(!empty && value != "true" && value != "false", "{key}: {value}");
                assert!(!value.is_object() && !value.is_array());
            }
            assert!(event.get("handled").is_none_or(Value::is_boolean));
            assert!(event.get("count").is_none_or(Value::is_u64));
        }
    }

    #[test]
    fn every_event_has_its_mark_including_cut_ones() {
        let mut events = 0;
        for (kind, message) in messages(GeneratorOptions { seed: 9, mark: true, ..Default::default() }, 5000) {
            if matches!(kind, Kind::Event | Kind::Cut) {
                events += 1;
                let mark = format!("\"group_description\":\"id-9-{events}\"");
                assert!(json(&message).contains(&mark));
            }
        }
    }
}
