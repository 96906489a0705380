//! What is new in what was seen. No database here.

use std::collections::HashMap;

use super::super::moment;
use super::super::session::Texts;
use super::{Look, created};
use crate::model::{Qualification, VettingStatus};

/// Says that a customer was looked at and has no qualification.
pub(in crate::ledger) const NONE: &str = "None";

/// What is so now, as far as the ledger knows.
#[derive(Debug, Clone)]
pub(super) struct Current {
    pub(super) id: i64,
    pub(super) customer_id: String,
    pub(super) qualification: String,
    pub(super) vetting_status: Option<String>,
    pub(super) vetting_reason: Option<String>,
    pub(super) vetting_created_date: Option<String>,
    pub(super) is_gone: bool,
    pub(super) confirmed_at: String,
}

/// A status that was not known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct New {
    pub(super) customer_id: String,
    pub(super) qualification: String,
    pub(super) vetting_status: Option<String>,
    pub(super) vetting_reason: Option<String>,
    pub(super) vetting_created_date: Option<String>,
    pub(super) is_gone: bool,
    pub(super) is_change: bool,
    pub(super) old_status: Option<String>,
    pub(super) at: String,
}

/// What there is to write.
#[derive(Debug, Default)]
pub(super) struct Difference {
    /// Rows that are still so, and when that was seen.
    pub(super) confirmed: Vec<(i64, String)>,
    /// Rows that are not so any more.
    pub(super) superseded: Vec<(i64, String)>,
    pub(super) new: Vec<New>,
}

impl Difference {
    /// Compares what was seen with what was known. Each customer is looked at once.
    pub(super) fn of(current: &[Current], looks: &[&Look]) -> Self {
        let mut known: HashMap<&str, Vec<&Current>> = HashMap::new();
        for row in current {
            known.entry(&row.customer_id).or_default().push(row);
        }
        let mut difference = Self::default();
        for look in looks {
            difference.add(known.get(&*look.customer_id).map_or(&[][..], Vec::as_slice), look);
        }
        difference
    }

    fn add(&mut self, known: &[&Current], look: &Look) {
        let at = moment::text(look.at);
        let is_newer =
            |row: &&&Current| row.confirmed_at > at && (look.is_whole || row.qualification == NONE);
        if known.iter().any(|row| is_newer(&row)) {
            return; // something newer is known
        }
        let mut seen = Vec::new();
        for (place, item) in look.found.iter().enumerate() {
            let name = item.qualification.as_str();
            let is_last =
                !look.found[place + 1..].iter().any(|other| other.qualification == item.qualification);
            if is_last {
                seen.push(name);
                self.see(known, look, &at, item);
            }
        }
        if look.is_whole && seen.is_empty() {
            seen.push(NONE);
            self.see_none(known, look, &at);
        }
        for row in known.iter().filter(|row| !seen.contains(&&*row.qualification) && row.confirmed_at <= at) {
            match (row.qualification == NONE, look.is_whole) {
                (true, _) => self.superseded.push((row.id, at.clone())),
                (false, true) => self.miss(row, &at),
                (false, false) => {}
            }
        }
    }

    /// What the customer has.
    fn see(&mut self, known: &[&Current], look: &Look, at: &str, item: &Qualification) {
        let before = known.iter().find(|row| row.qualification == item.qualification.as_str());
        if before.is_some_and(|row| *row.confirmed_at > *at) {
            return; // something newer is known
        }
        let status = item.vetting_status.as_ref().map(VettingStatus::as_str);
        let reason = item.vetting_reason.as_deref().map(without_nul);
        let created = created(item);
        if let Some(row) = before {
            let is_same = !row.is_gone
                && row.vetting_status.as_deref() == status
                && row.vetting_reason == reason
                && row.vetting_created_date == created;
            if is_same {
                return self.confirmed.push((row.id, at.to_owned()));
            }
            self.superseded.push((row.id, at.to_owned()));
        }
        self.new.push(New {
            customer_id: look.customer_id.clone(),
            qualification: item.qualification.as_str().to_owned(),
            vetting_status: status.map(str::to_owned),
            vetting_reason: reason,
            vetting_created_date: created,
            is_gone: false,
            // A customer who was never looked at before has not changed.
            is_change: before.is_none_or(|row| row.is_gone || row.vetting_status.as_deref() != status)
                && !known.is_empty(),
            old_status: before.and_then(|row| row.vetting_status.clone()),
            at: at.to_owned(),
        });
    }

    /// That the customer has nothing.
    fn see_none(&mut self, known: &[&Current], look: &Look, at: &str) {
        match known.iter().find(|row| row.qualification == NONE) {
            Some(row) if *row.confirmed_at > *at => {}
            Some(row) => self.confirmed.push((row.id, at.to_owned())),
            None => self.new.push(New {
                customer_id: look.customer_id.clone(),
                qualification: NONE.to_owned(),
                vetting_status: None,
                vetting_reason: None,
                vetting_created_date: None,
                is_gone: false,
                is_change: false,
                old_status: None,
                at: at.to_owned(),
            }),
        }
    }

    /// That the customer has something no more.
    fn miss(&mut self, row: &Current, at: &str) {
        if row.is_gone {
            return self.confirmed.push((row.id, at.to_owned()));
        }
        self.superseded.push((row.id, at.to_owned()));
        self.new.push(New {
            customer_id: row.customer_id.clone(),
            qualification: row.qualification.clone(),
            vetting_status: None,
            vetting_reason: None,
            vetting_created_date: None,
            is_gone: true,
            is_change: true,
            old_status: row.vetting_status.clone(),
            at: at.to_owned(),
        });
    }
}

/// A text as every database can have it: PostgreSQL has no NUL.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

impl New {
    pub(super) fn texts(self) -> Texts {
        let flag = |flag: bool| Some(u8::from(flag).to_string());
        vec![
            Some(self.customer_id),
            Some(self.qualification),
            self.vetting_status,
            self.vetting_reason,
            self.vetting_created_date,
            flag(self.is_gone),
            flag(self.is_change),
            self.old_status,
            Some(self.at),
        ]
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use serde_json::{Value, json};

    use super::*;

    fn at(second: u32) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(second.into())
    }

    fn look(second: u32, is_whole: bool, items: &[(&str, Option<&str>)]) -> Look {
        let item = |(kind, status): &(&str, Option<&str>)| {
            let value: Value = json!({"qualification": kind, "vettingStatus": status});
            Qualification::from_value(value).unwrap()
        };
        Look {
            customer_id: "a".to_owned(),
            at: at(second),
            found: items.iter().map(item).collect(),
            is_whole,
        }
    }

    fn current(id: i64, kind: &str, status: Option<&str>, is_gone: bool) -> Current {
        Current {
            id,
            customer_id: "a".to_owned(),
            qualification: kind.to_owned(),
            vetting_status: status.map(str::to_owned),
            vetting_reason: None,
            vetting_created_date: None,
            is_gone,
            confirmed_at: moment::text(at(10)),
        }
    }

    /// What is confirmed, what superseded, and of what is new its kind, status, old status, and whether it is
    /// a change and gone.
    type Told = (Vec<i64>, Vec<i64>, Vec<NewTold>);
    type NewTold = (String, Option<String>, Option<String>, bool, bool);

    fn told(known: &[Current], look: &Look) -> Told {
        let difference = Difference::of(known, &[look]);
        let ids = |rows: &[(i64, String)]| rows.iter().map(|(id, _)| *id).collect();
        let new = difference.new.into_iter();
        let new = new
            .map(|row| (row.qualification, row.vetting_status, row.old_status, row.is_change, row.is_gone));
        (ids(&difference.confirmed), ids(&difference.superseded), new.collect())
    }

    fn new(kind: &str, status: Option<&str>, old: Option<&str>, flags: (bool, bool)) -> Vec<NewTold> {
        vec![(kind.to_owned(), status.map(str::to_owned), old.map(str::to_owned), flags.0, flags.1)]
    }

    const EDUCATION: &str = "Education";
    const REVIEW: Option<&str> = Some("InReview");

    #[test]
    fn the_first_look_is_no_change() {
        let seen = told(&[], &look(1, true, &[(EDUCATION, REVIEW)]));
        assert_eq!(seen, (vec![], vec![], new(EDUCATION, REVIEW, None, (false, false))));
        assert_eq!(told(&[], &look(1, true, &[])), (vec![], vec![], new(NONE, None, None, (false, false))));
        assert_eq!(told(&[], &look(1, false, &[])), (vec![], vec![], vec![]));
    }

    #[test]
    fn what_is_still_so_is_confirmed() {
        let known = [current(1, EDUCATION, REVIEW, false), current(2, "StateOwnedEntity", None, true)];
        assert_eq!(told(&known, &look(20, true, &[(EDUCATION, REVIEW)])), (vec![1, 2], vec![], vec![]));
        assert_eq!(told(&[current(1, NONE, None, false)], &look(20, true, &[])), (vec![1], vec![], vec![]));
    }

    #[test]
    fn another_status_takes_its_place() {
        let known = [current(1, EDUCATION, REVIEW, false)];
        let approved = look(20, true, &[(EDUCATION, Some("Approved"))]);
        let expected = new(EDUCATION, Some("Approved"), REVIEW, (true, false));
        assert_eq!(told(&known, &approved), (vec![], vec![1], expected));
        let none = [current(1, NONE, None, false)];
        let asked = look(20, false, &[(EDUCATION, REVIEW)]);
        assert_eq!(told(&none, &asked), (vec![], vec![1], new(EDUCATION, REVIEW, None, (true, false))));
    }

    #[test]
    fn what_is_missing_from_a_whole_look_is_gone() {
        let known = [current(1, EDUCATION, REVIEW, false), current(2, "StateOwnedEntity", None, false)];
        let (confirmed, superseded, gone) = told(&known, &look(20, true, &[(EDUCATION, REVIEW)]));
        assert_eq!((confirmed, superseded), (vec![1], vec![2]));
        assert_eq!(gone, new("StateOwnedEntity", None, None, (true, true)));
        let part = look(20, false, &[(EDUCATION, REVIEW)]);
        assert_eq!(told(&known, &part), (vec![1], vec![], vec![]));
        let back = told(&[current(1, EDUCATION, None, true)], &look(20, true, &[(EDUCATION, REVIEW)]));
        assert_eq!(back, (vec![], vec![1], new(EDUCATION, REVIEW, None, (true, false))));
    }

    #[test]
    fn what_was_seen_before_changes_nothing() {
        let known = [current(1, EDUCATION, Some("Approved"), false)];
        assert_eq!(told(&known, &look(5, true, &[(EDUCATION, REVIEW)])), (vec![], vec![], vec![]));
        assert_eq!(told(&[current(1, NONE, None, false)], &look(5, true, &[])), (vec![], vec![], vec![]));
    }

    #[test]
    fn of_two_of_a_kind_the_last_counts() {
        let both = look(1, true, &[(EDUCATION, REVIEW), (EDUCATION, Some("Approved"))]);
        assert_eq!(
            told(&[], &both),
            (vec![], vec![], new(EDUCATION, Some("Approved"), None, (false, false)))
        );
    }
}
