//! Where and why reading stops.

/// Why reading stopped before the object was complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Break {
    /// The text ends too early.
    Early,
    /// The text is not JSON, or more than [`crate::limits::MAX_DEPTH`] levels are open.
    Broken,
    /// The `{` at the break was read as part of a string: the text was truncated, and another object follows
    /// immediately.
    Glued,
}

/// Where and why reading stopped.
pub(crate) struct Stop {
    pub(crate) at: usize,
    pub(crate) why: Break,
}

/// The result of reading one part of the text. The reader's functions take its offset and return the offset past it.
pub(crate) type Step<T> = Result<T, Stop>;

#[cold]
pub(super) fn stop<T>(at: usize, why: Break) -> Step<T> {
    Err(Stop { at, why })
}

/// Stops at an offset where a key was expected.
#[cold]
pub(super) fn missing_key<T>(bytes: &[u8], at: usize) -> Step<T> {
    stop(at, if at == bytes.len() { Break::Early } else { Break::Broken })
}

/// Stops at an offset where a colon, a comma or a closing bracket was expected.
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

/// Stops inside a token: at the end of the text if the token is cut off there, otherwise at the token's start, because
/// it is invalid.
#[cold]
pub(super) fn cut_or_broken<T>(bytes: &[u8], at: usize, is_cut: bool) -> Step<T> {
    if is_cut { stop(bytes.len(), Break::Early) } else { stop(at, Break::Broken) }
}
