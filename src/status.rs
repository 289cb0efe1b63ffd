//! How a message was understood.

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
    /// All of it.
    Ok,
    /// The event ends early: ESET cuts messages at 8000 characters.
    Truncated,
    /// The JSON breaks off in another way, or has a backslash that makes no escape.
    Malformed,
    /// There is no event.
    Text,
    /// It is ESET's sign of life.
    Heartbeat,
    /// The message holds more events than come out.
    Multiple,
    /// It is a notification, whose text can be customised: it may double an exported event.
    Notification,
}

impl Status {
    /// Every status.
    pub const ALL: &'static [Self] =
        &[Self::Ok, Self::Truncated, Self::Malformed, Self::Text, Self::Heartbeat, Self::Multiple, Self::Notification];

    /// The status as `parse_status` gives it.
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
