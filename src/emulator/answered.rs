//! The memory that makes repeating a request harmless, and tells of it.

use std::collections::{HashMap, VecDeque};

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::api::route::Resource;
use super::id::Id;
use super::wire::{JSON, Reply};

/// How many requests are remembered; the oldest go first.
const REMEMBERED: usize = 100_000;

/// How many repeats are remembered one by one; the oldest go first.
const REPEATS: usize = 1000;

/// By what a request is known again: its id and what it was for. The same id with another customer is
/// another request.
pub(super) type Key = (Id, Resource);

/// The requests for a qualification that were answered under an `MS-RequestId` of the caller's.
/// Those that a limit or a fault kept from being carried out are not among them: sending these
/// again repeats nothing.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub(super) struct Answered {
    /// The first answers, as far as they are to be repeated.
    replies: HashMap<Key, Option<Reply>>,
    order: VecDeque<Key>,
    duplicates: u64,
    repeats: VecDeque<Repeat>,
}

/// A request that came again after it had been answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Repeat {
    pub(super) request_id: Id,
    pub(super) method: Box<str>,
    pub(super) path: Box<str>,
    pub(super) at: DateTime<Utc>,
}

impl Answered {
    /// Counts a request as a duplicate where it was answered before.
    pub(super) fn note(&mut self, key: &Key, (method, path): (&str, &str), at: DateTime<Utc>) {
        if !self.replies.contains_key(key) {
            return;
        }
        self.duplicates = self.duplicates.saturating_add(1);
        if self.repeats.len() >= REPEATS {
            self.repeats.pop_front();
        }
        let (request_id, method, path) = (key.0.clone(), method.into(), path.into());
        self.repeats.push_back(Repeat { request_id, method, path, at });
    }

    pub(super) fn get(&self, key: &Key) -> Option<Reply> {
        self.replies.get(key).cloned().flatten()
    }

    /// Remembers that a request was answered, and what is to be answered to its repeats.
    pub(super) fn remember(&mut self, key: Key, reply: Option<Reply>) {
        if self.replies.insert(key.clone(), reply).is_some() {
            return;
        }
        self.order.push_back(key);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.replies.remove(&oldest);
        }
    }

    /// How many requests came again after they had been answered.
    pub(super) fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// The last of those.
    pub(super) fn repeats(&self) -> impl ExactSizeIterator<Item = &Repeat> {
        self.repeats.iter()
    }
}

/// As it is saved: the answers in their order.
#[derive(Serialize, Deserialize)]
struct Written {
    answers: Vec<(Key, Option<WrittenReply>)>,
    duplicates: u64,
    repeats: VecDeque<Repeat>,
}

/// Operations answer JSON, and nothing in the headers depends on them.
#[derive(Serialize, Deserialize)]
struct WrittenReply {
    status: u16,
    body: String,
}

impl From<Answered> for Written {
    fn from(answered: Answered) -> Self {
        let Answered { mut replies, order, duplicates, repeats } = answered;
        let answers = order.into_iter().map(|key| {
            let reply = replies.remove(&key).flatten();
            (key, reply.map(WrittenReply::from))
        });
        Self { answers: answers.collect(), duplicates, repeats }
    }
}

impl From<Written> for Answered {
    fn from(Written { answers, duplicates, repeats }: Written) -> Self {
        let mut answered = Self { duplicates, repeats, ..Self::default() };
        for (key, reply) in answers {
            answered.remember(key, reply.map(WrittenReply::reply));
        }
        answered
    }
}

impl From<Reply> for WrittenReply {
    fn from(reply: Reply) -> Self {
        let body = String::from_utf8_lossy(&reply.body).into_owned();
        Self { status: reply.status.as_u16(), body }
    }
}

impl WrittenReply {
    fn reply(self) -> Reply {
        Reply::text(StatusCode::from_u16(self.status).unwrap_or_default(), JSON, self.body)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(id: &str) -> Key {
        (id.into(), Resource::Qualifications(None))
    }

    fn answered(count: usize, reply: Option<&Reply>) -> Answered {
        let mut answered = Answered::default();
        for nth in 0..count {
            let key = key(&nth.to_string());
            answered.note(&key, ("POST", "/"), Utc::now());
            answered.remember(key, reply.cloned());
        }
        answered
    }

    #[test]
    fn many_requests_take_the_room_of_the_last() {
        let mut answered = answered(250_000, None);
        assert_eq!((answered.order.len(), answered.replies.len()), (REMEMBERED, REMEMBERED));
        assert!(answered.replies.capacity() < 4 * REMEMBERED, "{}", answered.replies.capacity());
        for _ in 0..2 * REPEATS {
            answered.note(&key("249999"), ("POST", "/"), Utc::now());
            answered.remember(key("249999"), None);
        }
        answered.note(&key("1"), ("POST", "/"), Utc::now());
        assert_eq!((answered.duplicates(), answered.repeats().len()), (2 * REPEATS as u64, REPEATS));
        assert_eq!(answered.order.len(), REMEMBERED);
    }

    #[test]
    fn what_was_answered_is_the_same_after_it_was_written_and_read() {
        let reply = Reply::json(StatusCode::CREATED, &json!({"a": "ü"}));
        let mut before = answered(3, Some(&reply));
        before.remember(key("kept"), None);
        before.note(&key("kept"), ("POST", "/x"), Utc::now());
        let text = serde_json::to_string(&before).unwrap();
        let read: Answered = serde_json::from_str(&text).unwrap();
        assert_eq!((read.duplicates(), &read.order), (1, &before.order));
        assert_eq!(read.repeats, before.repeats);
        let again = read.get(&key("2")).unwrap();
        assert_eq!((again.status, &again.body), (reply.status, &reply.body));
        assert!(read.get(&key("kept")).is_none() && read.replies.contains_key(&key("kept")));
    }
}
