//! Random ids for requests, drawn many at a time: asking the system for each took longer than making
//! the rest of a request. A client that was inherited by a fork sends nothing, so none is drawn twice.

use std::sync::{Mutex, PoisonError};

use uuid::{Builder, Uuid};

/// How many bytes are drawn at once, and how many of them an id takes.
const DRAWN: usize = 64 * LENGTH;
const LENGTH: usize = 16;

/// Where a transport's ids come from.
pub(super) struct Ids(Mutex<Drawn>);

struct Drawn {
    bytes: [u8; DRAWN],
    used: usize,
}

impl Default for Ids {
    fn default() -> Self {
        Self(Mutex::new(Drawn { bytes: [0; DRAWN], used: DRAWN }))
    }
}

impl Ids {
    pub(super) fn draw(&self) -> Uuid {
        let mut drawn = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.used == DRAWN {
            if aws_lc_rs::rand::fill(&mut drawn.bytes).is_err() {
                return Uuid::new_v4();
            }
            drawn.used = 0;
        }
        let start = drawn.used;
        drawn.used += LENGTH;
        let mut id = [0; LENGTH];
        id.copy_from_slice(&drawn.bytes[start..start + LENGTH]);
        Builder::from_random_bytes(id).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn all_are_different_random_ones() {
        let ids = Ids::default();
        let drawn: HashSet<_> = (0..1000).map(|_| ids.draw()).collect();
        assert_eq!(drawn.len(), 1000);
        assert!(drawn.iter().all(|id| id.get_version_num() == 4));
    }
}
