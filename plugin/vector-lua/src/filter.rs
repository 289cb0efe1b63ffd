//! Filters a message, without Lua.

use eset_filter::Filter;
use eset_filter::record::{self, Record};

use crate::plan::Plan;
use crate::settings::Settings;

/// Filters the messages of events. Its memory is reused from event to event.
#[derive(Debug)]
pub(crate) struct EventFilter {
    filter: Filter,
    settings: Settings,
    pub(crate) members: Members,
    pub(crate) plan: Plan,
}

impl EventFilter {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            filter: Filter::new(settings.options.filter.clone()),
            settings,
            members: Members::default(),
            plan: Plan::default(),
        }
    }

    /// Returns the position of the message in the record whose members were read.
    pub(crate) fn find_message(&self) -> Option<usize> {
        record::find_message(&self.members, self.settings.options.message_key.as_deref())
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Plans the tables for the events in a message. If the message is at a position of a record, the other members are
    /// kept.
    pub(crate) fn plan(&mut self, message: &[u8], at: Option<usize>) {
        let Self { filter, settings, members, plan } = self;
        plan.clear();
        let mut events = filter.parse(message);
        while let Some(event) = events.next() {
            let kept = at.map(|at| record::kept(members, at, &event));
            plan.push_event(&event, settings.timestamps, kept.into_iter().flatten());
        }
    }
}

/// The members of Vector's record: their keys, and which values are strings.
#[derive(Debug, Default)]
pub(crate) struct Members {
    keys: Vec<u8>,
    members: Vec<Member>,
}

#[derive(Debug)]
struct Member {
    /// The end of the key in [`Members::keys`].
    end: usize,
    is_string: bool,
}

impl Members {
    pub(crate) fn clear(&mut self) {
        self.keys.clear();
        self.members.clear();
    }

    /// Appends a member. A key that is not a string is passed as an empty key, which is not a field name either.
    pub(crate) fn push(&mut self, key: &[u8], is_string: bool) {
        self.keys.extend_from_slice(key);
        self.members.push(Member { end: self.keys.len(), is_string });
    }
}

impl Record for Members {
    fn key_count(&self) -> usize {
        self.members.len()
    }

    fn key(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).map_or(0, |before| self.members[before].end);
        &self.keys[start..self.members[at].end]
    }

    fn is_string(&self, at: usize) -> bool {
        self.members[at].is_string
    }
}
