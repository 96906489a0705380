//! The memory that makes repeating a request harmless.

use std::collections::{HashMap, VecDeque};

use super::wire::Reply;

/// How many first answers are remembered; the oldest go first.
const REMEMBERED: usize = 100_000;

/// The first answer to each `MS-RequestId`.
#[derive(Debug, Default)]
pub(super) struct Answered {
    replies: HashMap<String, Reply>,
    order: VecDeque<String>,
}

impl Answered {
    pub(super) fn get(&self, request_id: &str) -> Option<Reply> {
        self.replies.get(request_id).cloned()
    }

    pub(super) fn remember(&mut self, request_id: String, reply: Reply) {
        if self.order.len() == REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.replies.remove(&oldest);
        }
        self.order.push_back(request_id.clone());
        self.replies.insert(request_id, reply);
    }
}
