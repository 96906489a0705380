//! How many token requests there are at once.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::Endpoint;

/// Token requests between their arrival and their answer.
#[derive(Debug, Default)]
pub(in crate::emulator) struct Load {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Load {
    /// Counts a request, if its path is a token endpoint's, until what this gives is dropped.
    pub(in crate::emulator) fn arrive(&self, path: &str) -> Option<Present<'_>> {
        let endpoint = Endpoint::of(&path.to_ascii_lowercase());
        matches!(endpoint, Some(Endpoint::Token(_))).then(|| {
            let now = self.now.fetch_add(1, SeqCst) + 1;
            self.most.fetch_max(now, SeqCst);
            Present(self)
        })
    }

    /// The most that ever were at once.
    pub(in crate::emulator) fn most(&self) -> usize {
        self.most.load(SeqCst)
    }

    /// Starts over with those that are there.
    pub(in crate::emulator) fn forget(&self) {
        self.most.store(self.now.load(SeqCst), SeqCst);
    }
}

/// A token request that is being answered.
pub(in crate::emulator) struct Present<'a>(&'a Load);

impl Drop for Present<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, SeqCst);
    }
}
