//! All that an emulator is at some moment, to be kept and brought back.

use std::mem;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::state::State;
use super::text::required_moment;
use super::{Emulator, InvalidArgument, json};

/// What a snapshot of this shape calls itself.
const FORMAT: &str = "partnercenter_qual emulator 1";

/// All that an emulator is: its settings, customers, requests, faults, clock and journal. Of refresh
/// tokens and device codes it holds fingerprints alone, and of the tenant the seed that makes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    format: String,
    /// For whoever reads it: the virtual time at which it was made.
    #[serde(deserialize_with = "required_moment")]
    now: DateTime<Utc>,
    state: State,
}

impl Snapshot {
    /// Reads what serialising one wrote.
    ///
    /// # Errors
    /// [`InvalidArgument`] says what is wrong with it.
    pub fn from_json(text: &[u8]) -> Result<Self, InvalidArgument> {
        let value: Value = serde_json::from_slice(text).map_err(|error| {
            InvalidArgument::new("snapshot", "no JSON", format!("pass what was saved, unchanged ({error})"))
        })?;
        Self::from_value(&value)
    }

    /// Reads the JSON that serialising one gives.
    ///
    /// # Errors
    /// [`InvalidArgument`] says what is wrong with it.
    pub fn from_value(value: &Value) -> Result<Self, InvalidArgument> {
        let format = value.get("format").and_then(Value::as_str).unwrap_or("none");
        if format != FORMAT {
            let cure = format!("pass a snapshot, which says {FORMAT:?} here");
            return Err(InvalidArgument::new("format", format, cure));
        }
        let snapshot: Self = json::read(value)?;
        snapshot.state.config.check()?;
        snapshot.state.clock.check().map_err(|error| error.within("state.clock"))?;
        Ok(snapshot)
    }
}

impl Emulator {
    /// Keeps all there is.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let state = self.state().clone();
        Snapshot { format: FORMAT.to_owned(), now: state.clock.now(), state }
    }

    /// Brings back all that a snapshot keeps, be it of this emulator or of another. The clock is
    /// again as far ahead of real time as it was, or frozen where it was.
    pub fn restore(&self, snapshot: Snapshot) {
        self.load().forget();
        let old = mem::replace(&mut *self.state(), snapshot.state);
        drop(old); // which can be large, now that nobody waits for it
    }
}
