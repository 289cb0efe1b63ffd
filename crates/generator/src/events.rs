//! Invents events: chooses the fields of an event type and their values. The formats ([`crate::json`], [`crate::cef`],
//! [`crate::leef`]) decide how fields are written, and whether a field without a value is written at all.

use std::borrow::Cow;
use std::fmt::{self, Display, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use fastrand::Rng;

use crate::envelope::Severity;
use crate::ids::{Sha1, Uuid, hash};
use crate::time::Time;
use crate::vocabulary::{
    ATTACKS, AUDIT, BLOCKED_FILES, CIRCUMSTANCES, COMPUTERS, CONSOLE_USERS, Computer, FIREWALL_RULES, HIPS,
    INSPECT_RULES, Platform, SCANNERS, SITE_RULES, SITES, Sender, TARGET_PORTS, THREAT_ACTIONS, Unknown,
    WINDOWS_COMPUTERS,
};

/// The values of `event_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventType {
    Threat,
    Firewall,
    Hips,
    Audit,
    Website,
    /// An ESET Inspect alert under its original name.
    EnterpriseInspector,
    /// An ESET Inspect alert under its name in newer versions.
    Inspect,
    BlockedFile,
}

impl EventType {
    pub(crate) const ALL: [Self; 8] = [
        Self::Threat,
        Self::Firewall,
        Self::Hips,
        Self::Audit,
        Self::Website,
        Self::EnterpriseInspector,
        Self::Inspect,
        Self::BlockedFile,
    ];

    /// The types with a field that can exceed ESET's maximum message length.
    pub(crate) const LONG: [Self; 3] = [Self::Threat, Self::EnterpriseInspector, Self::Inspect];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Threat => "Threat_Event",
            Self::Firewall => "FirewallAggregated_Event",
            Self::Hips => "HipsAggregated_Event",
            Self::Audit => "Audit_Event",
            Self::Website => "FilteredWebsites_Event",
            Self::EnterpriseInspector => "EnterpriseInspectorAlert_Event",
            Self::Inspect => "ESET Inspect Alert",
            Self::BlockedFile => "BlockedFiles_Event",
        }
    }

    /// Returns the name of the type in CEF and LEEF, where both ESET Inspect types have the same name.
    pub(crate) const fn category(self) -> &'static str {
        match self {
            Self::Threat => "ESET Threat Event",
            Self::Firewall => "ESET Firewall Event",
            Self::Hips => "ESET HIPS Event",
            Self::Audit => "ESET RA Audit Event",
            Self::Website => "ESET Filtered Website Event",
            Self::EnterpriseInspector | Self::Inspect => "ESET Inspect Event",
            Self::BlockedFile => "ESET Blocked File Event",
        }
    }

    /// Returns a random type, with the frequencies of a company with a few hundred computers.
    pub(crate) fn draw(rng: &mut Rng) -> Self {
        match rng.u8(..100) {
            0..30 => Self::Threat,
            30..50 => Self::Firewall,
            50..58 => Self::Hips,
            58..72 => Self::Audit,
            72..84 => Self::Website,
            84..90 => Self::EnterpriseInspector,
            90..96 => Self::Inspect,
            _ => Self::BlockedFile,
        }
    }

    pub(crate) fn draw_severity(self, rng: &mut Rng) -> Severity {
        use Severity::{Critical, Error, Fatal, Information, Notice, Warning};
        *pick(
            rng,
            match self {
                Self::Threat | Self::BlockedFile => &[Warning, Warning, Warning, Critical],
                Self::Firewall => &[Warning, Warning, Fatal, Notice],
                Self::Hips => &[Critical, Warning, Notice, Notice],
                Self::Audit => &[Information, Information, Information, Error],
                Self::Website => &[Warning, Warning, Warning, Information],
                Self::EnterpriseInspector | Self::Inspect => &[Information, Warning, Error, Critical],
            },
        )
    }
}

/// The properties of an event that are chosen before its fields.
pub(crate) struct Event {
    pub(crate) event_type: EventType,
    pub(crate) sender: &'static Sender,
    pub(crate) device: Device,
    pub(crate) severity: Severity,
    pub(crate) occurred: Time,
    /// The value of `group_description`, instead of the computer's.
    pub(crate) mark: Option<String>,
    /// Whether one value exceeds the maximum message length.
    pub(crate) long: bool,
    /// Fields that are not in the schema.
    pub(crate) unknown: Option<&'static Unknown>,
}

/// A field under its name in ESET's JSON.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) value: Value,
}

/// The value of a field, independent of the format.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Text(Cow<'static, str>),
    Bool(bool),
    Int(u64),
    Time(Time),
    /// The event has no value for the field. ESET PROTECT in the cloud sends it empty; on-premises, it is omitted.
    Absent,
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Int(value)
    }
}

impl From<Time> for Value {
    fn from(time: Time) -> Self {
        Self::Time(time)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Into::into)
    }
}

fn field(name: &'static str, value: impl Into<Value>) -> Field {
    Field { name, value: value.into() }
}

/// Converts a value to text.
fn text(value: impl Display) -> Value {
    value.to_string().into()
}

impl Event {
    /// Returns the fields that every type has.
    pub(crate) fn common(&self) -> [Field; 10] {
        let Computer { name, os, group, group_description, .. } = self.device.computer;
        let description = self.mark.clone().map_or_else(|| (*group_description).into(), Value::from);
        [
            field("event_type", self.event_type.name()),
            field("ipv4", text(self.device.ipv4())),
            field("ipv6", self.device.ipv6().map(text)),
            field("hostname", *name),
            field("group_name", *group),
            field("group_description", description),
            field("os_name", *os),
            field("source_uuid", text(self.device.uuid())),
            field("occurred", self.occurred),
            field("severity", self.severity.name()),
        ]
    }

    /// Returns the fields of the event type, in ESET's order.
    pub(crate) fn own(&self, rng: &mut Rng) -> Vec<Field> {
        match self.event_type {
            EventType::Threat => self.threat(rng),
            EventType::Firewall => self.firewall(rng),
            EventType::Hips => hips(rng),
            EventType::Audit => self.audit(rng),
            EventType::Website => self.website(rng),
            EventType::EnterpriseInspector | EventType::Inspect => self.inspect_alert(rng),
            EventType::BlockedFile => self.blocked_file(rng),
        }
    }

    fn platform(&self) -> &'static Platform {
        self.device.computer.platform
    }

    fn threat(&self, rng: &mut Rng) -> Vec<Field> {
        let (threat_type, threat_name, threat_flags) = *pick(rng, self.platform().threats);
        let (object_type, object_uri) = *pick(rng, self.platform().objects);
        let (action_taken, action_error, handled) = *pick(rng, &THREAT_ACTIONS);
        let first_seen = self.occurred.before(rng.u64(..30 * Time::DAY));
        // A new engine is released about every eight hours.
        let engine = self.occurred.count(8 * Time::HOUR) - 30_000;

        vec![
            field("threat_type", threat_type),
            field("threat_name", threat_name),
            field("threat_flags", threat_flags),
            field("scanner_id", *pick(rng, &SCANNERS)),
            field("scan_id", format!("ndl{}.dat", rng.u32(..))),
            field("engine_version", format!("{engine} ({})", self.occurred.date())),
            field("object_type", object_type),
            field("object_uri", object_uri),
            field("action_taken", action_taken),
            field("action_error", action_error),
            field("threat_handled", handled),
            field("need_restart", action_taken.contains("restart")),
            field("username", self.device.computer.user),
            field("processname", maybe(*pick(rng, self.platform().processes), rng)),
            field("circumstances", self.circumstances(rng)),
            field("firstseen", maybe(first_seen, rng)),
            field("hash", text(Sha1::of(object_uri))),
            field("detection_uuid", maybe(Uuid(rng.u64(..)), rng).map(text)),
        ]
    }

    fn circumstances(&self, rng: &mut Rng) -> Value {
        if self.long {
            return text(long_circumstances(self.platform().objects));
        }
        maybe(*pick(rng, &CIRCUMSTANCES), rng).into()
    }

    fn firewall(&self, rng: &mut Rng) -> Vec<Field> {
        let (event, threat_name) = *pick(rng, &ATTACKS);
        let rule = maybe(*pick(rng, &FIREWALL_RULES), rng);
        let inbound = rng.u8(..4) > 0;
        let (here, there) = match self.device.ipv6() {
            Some(here) if rng.u8(..4) == 0 => (IpAddr::V6(here), remote_ipv6(rng)),
            _ => (IpAddr::V4(self.device.ipv4()), remote_ipv4(rng)),
        };
        let (source, target) = if inbound { (there, here) } else { (here, there) };
        let blocked = rng.u8(..5) > 0;

        vec![
            field("event", event),
            field("source_address", text(source)),
            field("source_address_type", address_type(source)),
            field("source_port", rng.u64(49_152..65_536)),
            field("target_address", text(target)),
            field("target_address_type", address_type(target)),
            field("target_port", *pick(rng, &TARGET_PORTS)),
            field("protocol", *pick(rng, &["TCP", "TCP", "TCP", "UDP"])),
            field("account", maybe(self.device.computer.user, rng)),
            field("process_name", maybe(*pick(rng, self.platform().processes), rng)),
            field("rule_name", rule.map(|(name, _)| name)),
            field("rule_id", rule.map(|(_, id)| id)),
            field("inbound", inbound),
            field("threat_name", threat_name),
            field("aggregate_count", rng.u64(1..40)),
            field("action", if blocked { "Blocked" } else { "Allowed" }),
            field("handled", maybe(blocked, rng)),
            field("detection_uuid", maybe(Uuid(rng.u64(..)), rng).map(text)),
        ]
    }

    fn audit(&self, rng: &mut Rng) -> Vec<Field> {
        let (domain, action, detail) = *pick(rng, &AUDIT);
        let user = *pick(rng, &CONSOLE_USERS);

        vec![
            field("domain", domain),
            field("action", action),
            field("target", maybe(user, rng)),
            field("detail", text(about(detail, user))),
            // No user is logged in before the login, but ESET sends the field anyway.
            field("user", if action == "Login attempt" { "" } else { user }),
            field("result", if self.severity == Severity::Error { "Failed" } else { "Success" }),
        ]
    }

    fn website(&self, rng: &mut Rng) -> Vec<Field> {
        let target = if rng.u8(..8) == 0 { remote_ipv6(rng) } else { remote_ipv4(rng) };
        let process = *pick(rng, self.platform().browsers);

        vec![
            field("event", "An attempt to connect to URL"),
            field("target_address", text(target)),
            field("target_address_type", address_type(target)),
            field("scanner_id", "HTTP filter"),
            field("action_taken", "Blocked"),
            field("object_uri", *pick(rng, &SITES)),
            field("hash", maybe(Sha1::of(process), rng).map(text)),
            field("username", self.device.computer.user),
            field("processname", process),
            field("rule_id", *pick(rng, &SITE_RULES)),
            field("handled", maybe(true, rng)),
        ]
    }

    fn inspect_alert(&self, rng: &mut Rng) -> Vec<Field> {
        let (process, trigger, command_line) = *pick(rng, self.platform().commands);
        let alarm = rng.u32(1000..6_000_000);

        vec![
            field("processname", process),
            field("username", self.device.computer.user.to_lowercase()),
            field("rulename", *pick(rng, &INSPECT_RULES)),
            field("count", rng.u64(1..200)),
            field("hash", text(Sha1::of(process))),
            field("eiconsolelink", format!("https://inspect.example:443/console/detection/{alarm}")),
            field("eialarmid", maybe(alarm, rng).map(text)),
            field("computer_severity_score", rng.u64(1..101)),
            field("severity_score", rng.u64(1..101)),
            field("trigger_event", maybe(trigger, rng)),
            field("command_line", self.command_line(command_line, rng)),
            field("detection_uuid", text(Uuid(rng.u64(..)))),
            field("resolved", maybe(false, rng)),
        ]
    }

    fn command_line(&self, short: &'static str, rng: &mut Rng) -> Value {
        if self.long {
            return text(long_command_line(rng.u64(..)));
        }
        maybe(short, rng).into()
    }

    fn blocked_file(&self, rng: &mut Rng) -> Vec<Field> {
        let (action, cause, description) = *pick(rng, &BLOCKED_FILES);
        let (_, object_uri) = *pick(rng, self.platform().objects);
        let first_seen = self.occurred.before(rng.u64(..3 * Time::DAY));

        vec![
            field("processname", maybe(*pick(rng, self.platform().processes), rng)),
            field("username", maybe(self.device.computer.user, rng)),
            field("hash", text(Sha1::of(object_uri))),
            field("object_uri", object_uri),
            field("action", action),
            field("firstseen", first_seen),
            field("cause", cause),
            field("description", description),
            field("handled", maybe(true, rng)),
            field("resolved", maybe(false, rng)),
            field("flagged", maybe(false, rng)),
        ]
    }
}

fn hips(rng: &mut Rng) -> Vec<Field> {
    let (application, operation, target, rule_name) = *pick(rng, &HIPS);
    let blocked = rng.u8(..4) > 0;

    vec![
        field("application", application),
        field("operation", operation),
        field("target", target),
        field("action", if blocked { "Blocked" } else { "Allowed" }),
        field("action_taken", maybe(if blocked { "Access blocked" } else { "Logged" }, rng)),
        field("rule_name", rule_name),
        field("rule_id", maybe(Sha1::of(rule_name), rng).map(text)),
        field("aggregate_count", rng.u64(1..10)),
        field("handled", blocked),
    ]
}

/// A computer in the network of one seed. It has the same addresses and UUID in every event.
pub(crate) struct Device {
    pub(crate) computer: &'static Computer,
    number: u64,
}

impl Device {
    pub(crate) fn draw(rng: &mut Rng, seed: u64, event_type: EventType) -> Self {
        // HIPS exists only on Windows.
        let windows_only = event_type == EventType::Hips;
        let computer = pick(rng, if windows_only { &COMPUTERS[..WINDOWS_COMPUTERS] } else { &COMPUTERS });
        Self { computer, number: hash(seed, computer.name) }
    }

    pub(crate) fn ipv4(&self) -> Ipv4Addr {
        let [site, room, seat, ..] = self.number.to_be_bytes();
        Ipv4Addr::new(10, site, room, seat.clamp(1, 254))
    }

    /// Returns the IPv6 address, which half of the computers have.
    fn ipv6(&self) -> Option<Ipv6Addr> {
        let [.., site, seat] = self.number.to_be_bytes();
        let segments = [0xfd00, 0xe5e7, u16::from(site), 0, 0, 0, 0, u16::from(seat)];
        seat.is_multiple_of(2).then(|| Ipv6Addr::from(segments))
    }

    fn uuid(&self) -> Uuid {
        Uuid(self.number)
    }
}

/// Returns a random entry of a table.
pub(crate) fn pick<'a, T>(rng: &mut Rng, table: &'a [T]) -> &'a T {
    // Drawing a usize would produce other numbers on a 32-bit machine.
    &table[rng.u32(..table.len() as u32) as usize]
}

/// Returns the value with a probability of three in four.
fn maybe<T>(value: T, rng: &mut Rng) -> Option<T> {
    (rng.u8(..4) > 0).then_some(value)
}

/// Returns a random address from the ranges reserved for documentation (RFC 5737).
fn remote_ipv4(rng: &mut Rng) -> IpAddr {
    let [a, b, c] = *pick(rng, &[[192, 0, 2], [198, 51, 100], [203, 0, 113]]);
    IpAddr::from([a, b, c, rng.u8(1..255)])
}

/// Returns a random address from the range reserved for documentation (RFC 3849).
fn remote_ipv6(rng: &mut Rng) -> IpAddr {
    IpAddr::from([0x2001, 0xdb8, rng.u16(..), 0, 0, 0, 0, rng.u16(1..)])
}

fn address_type(address: IpAddr) -> &'static str {
    if address.is_ipv4() { "IPv4" } else { "IPv6" }
}

/// Replaces `%` in the text with the user.
fn about(text: &str, user: &str) -> impl Display {
    fmt::from_fn(move |f| match text.split_once('%') {
        Some((before, after)) => write!(f, "{before}{user}{after}"),
        None => f.write_str(text),
    })
}

/// Returns more than 8000 characters of file paths, so that a cut can also fall inside an escape sequence.
fn long_circumstances(objects: &[(&str, &str)]) -> impl Display {
    let files = objects.iter().cycle().take(250);
    fmt::from_fn(move |f| {
        f.write_str("Event occurred during an attempt to access the files:")?;
        files.clone().try_for_each(|(_, file)| write!(f, " {file};"))
    })
}

/// Returns more than 8000 characters that look like a Base64-encoded script.
fn long_command_line(seed: u64) -> impl Display {
    fmt::from_fn(move |f| {
        f.write_str("-NoProfile -NonInteractive -EncodedCommand ")?;
        let mut rng = Rng::with_seed(seed);
        (0..9000).try_for_each(|_| f.write_char(rng.alphanumeric()))
    })
}
