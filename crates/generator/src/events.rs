//! Builds the JSON of one event of each type.
//!
//! Fields come in ESET's order: the common ones first, then those of the type. A builder says what a field's value is;
//! how the sender writes it, and whether it writes a field without a value at all, is up to [`ObjectWriter`].

use std::fmt::{self, Display, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use fastrand::Rng;

use crate::envelope::Severity;
use crate::ids::{Sha1, Uuid, hash};
use crate::json::ObjectWriter;
use crate::time::Time;
use crate::vocabulary::{
    ATTACKS, AUDIT, BLOCKED_FILES, CIRCUMSTANCES, COMPUTERS, CONSOLE_USERS, Computer, FIREWALL_RULES, HIPS,
    INSPECT_RULES, Platform, SCANNERS, SITE_RULES, SITES, Sender, TARGET_PORTS, THREAT_ACTIONS, WINDOWS_COMPUTERS,
};

/// The values of `event_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventType {
    Threat,
    Firewall,
    Hips,
    Audit,
    Website,
    /// What ESET Inspect's alerts were called first.
    EnterpriseInspector,
    /// What they are called in newer versions.
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

    /// The types with a field that can be long enough for ESET to cut the message.
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

    /// One type, about as often as a company of a few hundred computers sees it.
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

/// What is settled about an event before its JSON is written.
pub(crate) struct Event {
    pub(crate) event_type: EventType,
    pub(crate) sender: &'static Sender,
    pub(crate) device: Device,
    pub(crate) severity: Severity,
    pub(crate) occurred: Time,
    /// Replaces `group_description`.
    pub(crate) mark: Option<String>,
    /// Makes one value longer than a message may be.
    pub(crate) long: bool,
    /// Members that no schema knows, as JSON.
    pub(crate) unknown: Option<&'static str>,
}

impl Event {
    /// Appends the event as one JSON object.
    pub(crate) fn write(&self, rng: &mut Rng, out: &mut Vec<u8>) {
        let mut json = ObjectWriter::begin(out, self.sender);
        // A cut would take the mark, so long events keep to the usual order.
        if self.sender.inspect_alert_reversed && self.event_type == EventType::Inspect && !self.long {
            self.write_inspect_alert_reversed(&mut json, rng);
        } else {
            self.write_common(&mut json);
            self.write_own(&mut json, rng);
        }
        if let Some(members) = self.unknown {
            json.members(members);
        }
        json.end();
    }

    fn platform(&self) -> &'static Platform {
        self.device.computer.platform
    }

    fn write_common(&self, json: &mut ObjectWriter<'_>) {
        let Self { device, sender, .. } = self;
        json.text("event_type", self.event_type.name());
        json.text("ipv4", device.ipv4());
        json.text_or_absent("ipv6", device.ipv6());
        json.text("hostname", device.computer.name);
        if sender.cloud {
            json.text("source_uuid", device.uuid());
            json.text("os_name", device.computer.os);
            json.text(sender.occurred, self.occurred.eset());
            self.write_group(json);
        } else {
            self.write_group(json);
            json.text("os_name", device.computer.os);
            json.text("source_uuid", device.uuid());
            json.text(sender.occurred, self.occurred.eset());
        }
        json.text("severity", self.severity.name());
    }

    fn write_group(&self, json: &mut ObjectWriter<'_>) {
        let Computer { group, group_description, .. } = self.device.computer;
        json.text("group_name", group);
        json.text_or_absent("group_description", self.mark.as_deref().or(*group_description));
    }

    fn write_own(&self, json: &mut ObjectWriter<'_>, rng: &mut Rng) {
        match self.event_type {
            EventType::Threat => self.write_threat(json, rng),
            EventType::Firewall => self.write_firewall(json, rng),
            EventType::Hips => write_hips(json, rng),
            EventType::Audit => self.write_audit(json, rng),
            EventType::Website => self.write_website(json, rng),
            EventType::EnterpriseInspector | EventType::Inspect => self.write_inspect_alert(json, rng),
            EventType::BlockedFile => self.write_blocked_file(json, rng),
        }
    }

    fn write_inspect_alert_reversed(&self, json: &mut ObjectWriter<'_>, rng: &mut Rng) {
        let Self { device, sender, .. } = self;
        json.text("source_uuid", device.uuid());
        json.text(sender.occurred, self.occurred.eset());
        self.write_inspect_alert(json, rng);
        json.text("ipv4", device.ipv4());
        json.text_or_absent("ipv6", device.ipv6());
        json.text("hostname", device.computer.name);
        json.text("os_name", device.computer.os);
        self.write_group(json);
        json.text("event_type", self.event_type.name());
        json.text("severity", self.severity.name());
    }

    fn write_threat(&self, json: &mut ObjectWriter<'_>, rng: &mut Rng) {
        let (threat_type, threat_name, threat_flags) = pick(rng, self.platform().threats);
        let (object_type, object_uri) = pick(rng, self.platform().objects);
        let (action_taken, action_error, handled) = pick(rng, &THREAT_ACTIONS);
        let first_seen = self.occurred.before(rng.u64(..30 * Time::DAY));
        // A new engine about every eight hours.
        let engine = self.occurred.count(8 * Time::HOUR) - 30_000;

        json.text("threat_type", threat_type);
        json.text("threat_name", threat_name);
        json.text_or_absent("threat_flags", *threat_flags);
        json.text("scanner_id", pick(rng, &SCANNERS));
        json.text("scan_id", format_args!("ndl{}.dat", rng.u32(..)));
        json.text("engine_version", format_args!("{engine} ({})", self.occurred.date()));
        json.text("object_type", object_type);
        json.text("object_uri", object_uri);
        json.text("action_taken", action_taken);
        json.text_or_absent("action_error", *action_error);
        json.bool("threat_handled", *handled);
        json.bool("need_restart", action_taken.contains("restart"));
        json.text("username", self.device.computer.user);
        json.text_or_absent("processname", maybe(pick(rng, self.platform().processes), rng));
        if self.long {
            json.text("circumstances", long_circumstances(self.platform().objects));
        } else {
            json.text_or_absent("circumstances", maybe(pick(rng, &CIRCUMSTANCES), rng));
        }
        json.text_or_absent("firstseen", maybe(first_seen.eset(), rng));
        json.text("hash", Sha1::of(object_uri));
        json.text_or_absent("detection_uuid", maybe(Uuid(rng.u64(..)), rng));
    }

    fn write_firewall(&self, json: &mut ObjectWriter<'_>, rng: &mut Rng) {
        let (event, threat_name) = pick(rng, &ATTACKS);
        let rule = maybe(pick(rng, &FIREWALL_RULES), rng);
        let inbound = rng.u8(..4) > 0;
        let (here, there) = match self.device.ipv6() {
            Some(here) if rng.u8(..4) == 0 => (IpAddr::V6(here), remote_ipv6(rng)),
            _ => (IpAddr::V4(self.device.ipv4()), remote_ipv4(rng)),
        };
        let (source, target) = if inbound { (there, here) } else { (here, there) };
        let blocked = rng.u8(..5) > 0;

        json.text("event", event);
        json.text("source_address", source);
        json.text("source_address_type", address_type(source));
        json.int("source_port", rng.u64(49_152..65_536));
        json.text("target_address", target);
        json.text("target_address_type", address_type(target));
        json.int("target_port", *pick(rng, &TARGET_PORTS));
        json.text("protocol", pick(rng, &["TCP", "TCP", "TCP", "UDP"]));
        json.text_or_absent("account", maybe(self.device.computer.user, rng));
        json.text_or_absent("process_name", maybe(pick(rng, self.platform().processes), rng));
        json.text_or_absent("rule_name", rule.map(|(name, _)| name));
        json.text_or_absent("rule_id", rule.map(|(_, id)| id));
        json.bool("inbound", inbound);
        json.text_or_absent("threat_name", *threat_name);
        json.int("aggregate_count", rng.u64(1..40));
        json.text("action", if blocked { "Blocked" } else { "Allowed" });
        json.bool_or_absent("handled", maybe(blocked, rng));
        json.text_or_absent("detection_uuid", maybe(Uuid(rng.u64(..)), rng));
    }

    fn write_audit(&self, json: &mut ObjectWriter<'_>, rng: &mut Rng) {
        let (domain, action, detail) = pick(rng, &AUDIT);
        let user = pick(rng, &CONSOLE_USERS);

        json.text("domain", domain);
        json.text("action", action);
        json.text_or_absent("target", maybe(user, rng));
        json.text("detail", about(detail, user));
        // Before the login nobody is logged in. ESET sends the field all the same.
        json.text("user", if *action == "Login attempt" { "" } else { user });
        json.text("result", if self.severity == Severity::Error { "Failed" } else { "Success" });
    }

    fn write_website(&self, json: &mut ObjectWriter<'_>, rng: &mut Rng) {
        let target = if rng.u8(..8) == 0 { remote_ipv6(rng) } else { remote_ipv4(rng) };
        let process = pick(rng, self.platform().browsers);

        json.text("event", "An attempt to connect to URL");
        json.text("target_address", target);
        json.text("target_address_type", address_type(target));
        json.text("scanner_id", "HTTP filter");
        json.text("action_taken", "Blocked");
        json.text("object_uri", pick(rng, &SITES));
        json.text_or_absent("hash", maybe(Sha1::of(process), rng));
        json.text("username", self.device.computer.user);
        json.text("processname", process);
        json.text("rule_id", pick(rng, &SITE_RULES));
        json.bool_or_absent("handled", maybe(true, rng));
    }

    fn write_inspect_alert(&self, json: &mut ObjectWriter<'_>, rng: &mut Rng) {
        let (process, trigger, command_line) = pick(rng, self.platform().commands);
        let alarm = rng.u32(1000..6_000_000);

        json.text("processname", process);
        json.text("username", self.device.computer.user.to_lowercase());
        json.text("rulename", pick(rng, &INSPECT_RULES));
        json.int("count", rng.u64(1..200));
        json.text("hash", Sha1::of(process));
        json.text("eiconsolelink", format_args!("https://inspect.example:443/console/detection/{alarm}"));
        json.text_or_absent("eialarmid", maybe(alarm, rng));
        json.int("computer_severity_score", rng.u64(1..101));
        json.int("severity_score", rng.u64(1..101));
        json.text_or_absent("trigger_event", maybe(trigger, rng));
        if self.long {
            json.text("command_line", long_command_line(rng.u64(..)));
        } else {
            json.text_or_absent("command_line", maybe(command_line, rng));
        }
        json.text("detection_uuid", Uuid(rng.u64(..)));
        json.bool_or_absent("resolved", maybe(false, rng));
    }

    fn write_blocked_file(&self, json: &mut ObjectWriter<'_>, rng: &mut Rng) {
        let (action, cause, description) = pick(rng, &BLOCKED_FILES);
        let (_, object_uri) = pick(rng, self.platform().objects);
        let first_seen = self.occurred.before(rng.u64(..3 * Time::DAY));

        json.text_or_absent("processname", maybe(pick(rng, self.platform().processes), rng));
        json.text_or_absent("username", maybe(self.device.computer.user, rng));
        json.text("hash", Sha1::of(object_uri));
        json.text("object_uri", object_uri);
        json.text("action", action);
        if self.sender.cloud {
            json.text("firstseen", first_seen.compact());
        } else {
            json.text("firstseen", first_seen.eset());
        }
        json.text("cause", cause);
        json.text_or_absent("description", *description);
        json.bool_or_absent("handled", maybe(true, rng));
        json.bool_or_absent("resolved", maybe(false, rng));
        json.bool_or_absent("flagged", maybe(false, rng));
    }
}

fn write_hips(json: &mut ObjectWriter<'_>, rng: &mut Rng) {
    let (application, operation, target, rule_name) = pick(rng, &HIPS);
    let blocked = rng.u8(..4) > 0;

    json.text("application", application);
    json.text("operation", operation);
    json.text("target", target);
    json.text("action", if blocked { "Blocked" } else { "Allowed" });
    json.text_or_absent("action_taken", maybe(if blocked { "Access blocked" } else { "Logged" }, rng));
    json.text("rule_name", rule_name);
    json.text_or_absent("rule_id", maybe(Sha1::of(rule_name), rng));
    json.int("aggregate_count", rng.u64(1..10));
    json.bool("handled", blocked);
}

/// A computer of the network of one seed. It keeps its addresses and its UUID in every event.
pub(crate) struct Device {
    pub(crate) computer: &'static Computer,
    number: u64,
}

impl Device {
    pub(crate) fn draw(rng: &mut Rng, seed: u64, event_type: EventType) -> Self {
        // Other systems have no HIPS.
        let windows_only = event_type == EventType::Hips;
        let computer = pick(rng, if windows_only { &COMPUTERS[..WINDOWS_COMPUTERS] } else { &COMPUTERS });
        Self { computer, number: hash(seed, computer.name) }
    }

    fn ipv4(&self) -> Ipv4Addr {
        let [site, room, seat, ..] = self.number.to_be_bytes();
        Ipv4Addr::new(10, site, room, seat.clamp(1, 254))
    }

    /// Every other computer has one.
    fn ipv6(&self) -> Option<Ipv6Addr> {
        let [.., site, seat] = self.number.to_be_bytes();
        let segments = [0xfd00, 0xe5e7, u16::from(site), 0, 0, 0, 0, u16::from(seat)];
        seat.is_multiple_of(2).then(|| Ipv6Addr::from(segments))
    }

    fn uuid(&self) -> Uuid {
        Uuid(self.number)
    }
}

/// Any entry of a table.
pub(crate) fn pick<'a, T>(rng: &mut Rng, table: &'a [T]) -> &'a T {
    // Not as usize, whose draws would differ on a 32-bit machine.
    &table[rng.u32(..table.len() as u32) as usize]
}

/// The value, three times out of four.
fn maybe<T>(value: T, rng: &mut Rng) -> Option<T> {
    (rng.u8(..4) > 0).then_some(value)
}

/// An address of the ranges kept for documentation (RFC 5737).
fn remote_ipv4(rng: &mut Rng) -> IpAddr {
    let [a, b, c] = *pick(rng, &[[192, 0, 2], [198, 51, 100], [203, 0, 113]]);
    IpAddr::from([a, b, c, rng.u8(1..255)])
}

/// An address of the range kept for documentation (RFC 3849).
fn remote_ipv6(rng: &mut Rng) -> IpAddr {
    IpAddr::from([0x2001, 0xdb8, rng.u16(..), 0, 0, 0, 0, rng.u16(1..)])
}

fn address_type(address: IpAddr) -> &'static str {
    if address.is_ipv4() { "IPv4" } else { "IPv6" }
}

/// The text with the user in the place of `%`.
fn about(text: &str, user: &str) -> impl Display {
    fmt::from_fn(move |f| match text.split_once('%') {
        Some((before, after)) => write!(f, "{before}{user}{after}"),
        None => f.write_str(text),
    })
}

/// More than 8000 characters of paths, so that a cut may also fall into an escape.
fn long_circumstances(objects: &[(&str, &str)]) -> impl Display {
    let files = objects.iter().cycle().take(250);
    fmt::from_fn(move |f| {
        f.write_str("Event occurred during an attempt to access the files:")?;
        files.clone().try_for_each(|(_, file)| write!(f, " {file};"))
    })
}

/// More than 8000 characters of what looks like a Base64-encoded script.
fn long_command_line(seed: u64) -> impl Display {
    fmt::from_fn(move |f| {
        f.write_str("-NoProfile -NonInteractive -EncodedCommand ")?;
        let mut rng = Rng::with_seed(seed);
        (0..9000).try_for_each(|_| f.write_char(rng.alphanumeric()))
    })
}
