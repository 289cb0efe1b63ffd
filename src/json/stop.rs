//! Where and why reading stops.

/// Why reading stopped before the object was complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Break {
    /// The text ends.
    Early,
    /// There is something other than JSON, or more than [`crate::limits::MAX_DEPTH`] levels are open.
    Broken,
    /// A string has swallowed this `{`: the text was cut, and another object follows without a gap.
    Glued,
}

/// Where and why reading stopped.
pub(crate) struct Stop {
    pub(crate) at: usize,
    pub(crate) why: Break,
}

/// What was read. The functions of the reader take the offset of what they read and hand on the offset past it.
pub(crate) type Step<T> = Result<T, Stop>;

#[cold]
pub(super) fn stop<T>(at: usize, why: Break) -> Step<T> {
    Err(Stop { at, why })
}

/// The break at a place where a key was due.
#[cold]
pub(super) fn no_key<T>(bytes: &[u8], at: usize) -> Step<T> {
    stop(at, if at == bytes.len() { Break::Early } else { Break::Broken })
}

/// The break at a place where a colon, a comma or a closing bracket was due.
#[cold]
pub(super) fn misplaced<T>(bytes: &[u8], at: usize) -> Step<T> {
    if at == bytes.len() {
        return stop(at, Break::Early);
    }
    let before = bytes[..at].trim_ascii_end();
    if before.ends_with(b"{\"") {
        return stop(before.len() - 2, Break::Glued);
    }
    stop(at, Break::Broken)
}

/// The break inside a token: the text ends in it, or something stands in it that does not belong there.
#[cold]
pub(super) fn cut_or_broken<T>(bytes: &[u8], at: usize, is_cut: bool) -> Step<T> {
    if is_cut { stop(bytes.len(), Break::Early) } else { stop(at, Break::Broken) }
}
