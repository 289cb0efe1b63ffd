//! The status of an event: how much of its message was understood.

/// How much of a message was understood.
///
/// ```
/// use eset_filter::Status;
///
/// assert_eq!(Status::Truncated.name(), "truncated");
/// assert!(Status::ALL.contains(&Status::Truncated));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Status {
    /// The whole message was understood.
    Ok,
    /// The event ends early. ESET truncates messages at 8000 characters.
    Truncated,
    /// The JSON breaks off in another way, or contains a backslash that does not begin an escape.
    Malformed,
    /// The message contains no event.
    Text,
    /// The message is an ESET heartbeat.
    Heartbeat,
    /// The message contains more events than were emitted.
    Multiple,
    /// The message is a notification. Its text can be customised, and it may duplicate an exported event.
    Notification,
}

impl Status {
    /// Every status.
    pub const ALL: &'static [Self] =
        &[Self::Ok, Self::Truncated, Self::Malformed, Self::Text, Self::Heartbeat, Self::Multiple, Self::Notification];

    /// Returns the status as it is written to `parse_status`, such as `ok`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Truncated => "truncated",
            Self::Malformed => "malformed",
            Self::Text => "text",
            Self::Heartbeat => "heartbeat",
            Self::Multiple => "multiple",
            Self::Notification => "notification",
        }
    }
}
