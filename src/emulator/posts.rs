//! Requests for what a customer may have once, to tell who asked for it again.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::id::Id;
use super::journal::Effect;
use super::model::QualificationType;

/// How many are remembered; the oldest go first.
const REMEMBERED: usize = 100_000;

/// The requests for a qualification that took effect, and those that were refused because the
/// customer had it or was waiting for it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Posts(VecDeque<Post>);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Post {
    pub(super) customer_id: Uuid,
    pub(super) qualification: QualificationType,
    pub(super) request_id: Id,
    took_effect: bool,
}

impl Posts {
    /// Notes a request that took effect.
    pub(super) fn took_effect(&mut self, effect: &Effect) {
        let Effect { customer_id, qualification, ref request_id, .. } = *effect;
        let request_id = request_id.as_str().into();
        self.push(Post { customer_id, qualification, request_id, took_effect: true });
    }

    /// Notes a request that was refused because its customer had what it asked for, or waited for it.
    pub(super) fn again(&mut self, customer_id: Uuid, qualification: QualificationType, request_id: Id) {
        self.push(Post { customer_id, qualification, request_id, took_effect: false });
    }

    fn push(&mut self, post: Post) {
        if self.0.len() >= REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(post);
    }

    /// The requests for one and the same thing, where there are several.
    ///
    /// One that took effect starts anew: the service lets that happen only to a customer without the
    /// qualification, or after a denial, and then asking again is how it is meant to be.
    pub(super) fn repeated(&self) -> Vec<Vec<&Post>> {
        let mut asked: Vec<Vec<&Post>> = Vec::new();
        let mut latest = HashMap::new();
        for post in &self.0 {
            let place = latest.entry((post.customer_id, post.qualification)).or_insert(asked.len());
            if post.took_effect {
                *place = asked.len();
            }
            match asked.get_mut(*place) {
                Some(same) => same.push(post),
                None => asked.push(vec![post]),
            }
        }
        asked.retain(|same| same.len() > 1);
        asked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posts(made: &[(u128, QualificationType, bool)]) -> Posts {
        let mut posts = Posts::default();
        for (nth, (customer, qualification, took_effect)) in made.iter().enumerate() {
            posts.push(Post {
                customer_id: Uuid::from_u128(*customer),
                qualification: *qualification,
                request_id: nth.to_string().into(),
                took_effect: *took_effect,
            });
        }
        posts
    }

    fn repeated(posts: &Posts) -> Vec<Vec<String>> {
        let ids = |same: Vec<&Post>| same.iter().map(|post| post.request_id.to_string()).collect();
        posts.repeated().into_iter().map(ids).collect()
    }

    #[test]
    fn what_is_asked_for_again_is_told_with_the_first_request() {
        use QualificationType::{Education, StateOwnedEntity};
        let posts = posts(&[
            (1, Education, true),
            (2, Education, true),
            (1, StateOwnedEntity, true),
            (1, Education, false),
            (3, Education, false),
            (1, Education, false),
        ]);
        assert_eq!(repeated(&posts), [["0", "3", "5"]]);
    }

    #[test]
    fn asking_again_after_a_denial_is_no_repeat() {
        use QualificationType::Education;
        let mut all = posts(&[(1, Education, true), (1, Education, true)]);
        assert!(all.repeated().is_empty());
        all = posts(&[(1, Education, true), (1, Education, false), (1, Education, true)]);
        assert_eq!(repeated(&all), [["0", "1"]]);
    }

    #[test]
    fn only_the_last_are_remembered() {
        let made = vec![(1, QualificationType::Education, false); REMEMBERED + 10];
        let posts = posts(&made);
        assert_eq!(posts.repeated()[0].len(), REMEMBERED);
    }
}
