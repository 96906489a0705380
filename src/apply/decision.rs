//! Whether a request is to be sent, from what the ledger and the service know. No I/O here.

use super::input::excluded_by;
use super::plan::Action;
use crate::error::Error;
use crate::ledger::submissions::{State, Submission};
use crate::model::{EducationSegment, Qualification, QualificationRequest, QualificationType, VettingStatus};

/// How often the service lets a qualification be asked for.
const MOST: u32 = 3;

/// What is to be done, and why; `number` counts the requests for the same.
#[derive(Debug, PartialEq)]
pub(super) struct Decision {
    pub(super) action: Action,
    pub(super) reason: Option<String>,
    pub(super) number: u32,
}

/// Whether what the ledger knows leaves the question open, so that the customer has to be read.
pub(super) fn needs_reading(past: &[&Submission], resubmit_denied: bool) -> bool {
    past.last().is_none_or(|last| last.state == State::Answered && resubmit_denied)
}

/// Decides about a request. `past` are the earlier ones for the same, `others` those for other qualifications
/// of the customer, `read` is what it has, if it was read.
pub(super) fn decide(
    wanted: &QualificationRequest,
    past: &[&Submission],
    others: &[&Submission],
    read: Option<Result<&[Qualification], &Error>>,
    resubmit_denied: bool,
) -> Decision {
    let number = past.last().map_or(1, |last| last.number);
    let decision = |action, reason| Decision { action, reason, number };
    let qualification = wanted.qualification();
    if let Some(last) = past.last() {
        match last.state {
            State::Refused if is_final(last, wanted) => {
                let reason = "it was denied before, and the service refused to be asked for it again";
                return decision(Action::Refuse, Some(reason.to_owned()));
            }
            State::Intended | State::Refused => return decision(Action::Send, None),
            State::Sending | State::Unknown => {
                let reason = "it may have been sent before: the customer is read first";
                return decision(Action::Send, Some(format!("{reason}{}", other_details(last, wanted))));
            }
            State::Answered if !resubmit_denied => {
                return decision(Action::Skip, Some(answered(last, wanted)));
            }
            State::Answered => {}
        }
    }
    let held = match read {
        Some(Ok(held)) => held,
        Some(Err(_)) => return decision(Action::Refuse, Some("the customer could not be read".to_owned())),
        None => return decision(Action::Skip, past.last().map(|last| answered(last, wanted))),
    };
    if let Some(other) = excluded(qualification, held, others) {
        let reason =
            format!("the customer has or waits for {other}, which {qualification} cannot be combined with");
        return decision(Action::Refuse, Some(reason));
    }
    match held.iter().find(|item| item.qualification == *qualification) {
        None if past.is_empty() => decision(Action::Send, None),
        None => decision(Action::Skip, Some("it was asked for before, and does not show".to_owned())),
        Some(item) if !item.is_denied() => {
            let details = past.last().map(|last| other_details(last, wanted)).unwrap_or_default();
            decision(Action::Skip, Some(format!("{}{details}", holds(item))))
        }
        Some(item) if !resubmit_denied => decision(Action::Skip, Some(denied(item, past))),
        Some(_) if is_used_up(past) => decision(Action::Refuse, Some(used_up(past))),
        Some(_) => Decision {
            action: Action::Send,
            reason: Some("it was denied, and is asked for again".to_owned()),
            number: number + 1, // whoever asked for it the first time
        },
    }
}

pub(super) fn denied(item: &Qualification, past: &[&Submission]) -> String {
    let why = item.vetting_reason.as_deref().unwrap_or("no reason given");
    if is_used_up(past) {
        format!("it was denied ({why}): {}", used_up(past))
    } else {
        format!("it was denied ({why}): pass resubmit_denied=True to ask again")
    }
}

/// Whether the service has refused to be asked once more: it counts what others asked for, too.
fn is_final(last: &Submission, wanted: &QualificationRequest) -> bool {
    let (status, _, message) = &last.error;
    let is_denial = message.as_deref().is_some_and(|message| message.contains("tagging denied"));
    is_denial && *status == Some(403) && last.number > 1 && last.request == *wanted
}

/// Whether the service lets it be asked for no more.
fn is_used_up(past: &[&Submission]) -> bool {
    past.last().is_some_and(|last| last.number >= MOST)
}

fn used_up(past: &[&Submission]) -> String {
    let number = past.last().map_or(0, |last| last.number);
    format!("it was asked for {number} times, and more is not allowed")
}

fn holds(item: &Qualification) -> String {
    match &item.vetting_status {
        Some(VettingStatus::InReview) => "the customer waits for it already".to_owned(),
        Some(status) => format!("the customer has it already: {status}"),
        None => "the customer has it already".to_owned(),
    }
}

fn answered(last: &Submission, wanted: &QualificationRequest) -> String {
    let when = last.sent_at.map(|at| format!(" on {}", at.format("%Y-%m-%d %H:%M UTC"))).unwrap_or_default();
    format!("it was asked for before{when}{}", other_details(last, wanted))
}

/// Tells that a request went, or goes, with other details than those of the row.
fn other_details(last: &Submission, wanted: &QualificationRequest) -> String {
    if last.request == *wanted {
        return String::new();
    }
    let details = [
        ("education_segment", last.request.education_segment().map(EducationSegment::as_str)),
        ("website", last.request.website()),
        ("validation_code", last.request.validation_code()),
    ];
    let shown = |(name, value): (_, Option<&str>)| Some(format!("{name} {}", value?));
    let shown: Vec<_> = details.into_iter().filter_map(shown).collect();
    format!(", with other details, which stay as they were: {}", shown.join(", "))
}

/// What the customer has, or was asked for, that cannot be combined with this.
fn excluded(
    qualification: &QualificationType,
    held: &[Qualification],
    others: &[&Submission],
) -> Option<QualificationType> {
    let other = excluded_by(qualification)?;
    let is_held = held.iter().any(|item| item.qualification == other && !item.is_denied());
    let is_open = |item: &&&Submission| {
        *item.request.qualification() == other && matches!(item.state, State::Sending | State::Unknown)
    };
    (is_held || others.iter().any(|item| is_open(&item))).then_some(other)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::model::CustomerId;

    fn wanted(kind: &str) -> QualificationRequest {
        let segment = (kind == "Education").then_some("K12");
        let code = (kind == "GovernmentCommunityCloud").then_some("1");
        QualificationRequest::new(kind, segment, None, code).unwrap()
    }

    fn past(kind: &str, number: u32, state: State) -> Submission {
        Submission {
            id: 1,
            request_id: Uuid::from_u128(1),
            customer_id: CustomerId::parse("11111111-2222-3333-4444-555555555555").unwrap(),
            request: wanted(kind),
            number,
            state,
            answer: None,
            correlation_id: Uuid::from_u128(2),
            sent_at: None,
            error: (None, None, None),
        }
    }

    fn held(kind: &str, status: &str) -> Vec<Qualification> {
        let item = json!({"qualification": kind, "vettingStatus": status});
        vec![Qualification::from_value(item).unwrap()]
    }

    fn decided(past: &[&Submission], read: &[Qualification], again: bool) -> (Action, u32) {
        let decision = decide(&wanted("Education"), past, &[], Some(Ok(read)), again);
        (decision.action, decision.number)
    }

    #[test]
    fn only_who_has_nothing_is_asked_for() {
        assert_eq!(decided(&[], &[], false), (Action::Send, 1));
        for status in ["InReview", "Approved", "Foo", "Denied"] {
            assert_eq!(decided(&[], &held("Education", status), false), (Action::Skip, 1), "{status}");
        }
        assert_eq!(decided(&[], &held("StateOwnedEntity", "InReview"), false), (Action::Send, 1));
        assert_eq!(decided(&[], &held("GovernmentCommunityCloud", "Approved"), false), (Action::Refuse, 1));
        assert_eq!(decided(&[], &held("GovernmentCommunityCloud", "Denied"), false), (Action::Send, 1));
    }

    #[test]
    fn what_is_open_goes_on_and_what_was_answered_does_not() {
        for state in [State::Intended, State::Refused, State::Sending, State::Unknown] {
            assert_eq!(decided(&[&past("Education", 2, state)], &[], false), (Action::Send, 2));
            assert!(!needs_reading(&[&past("Education", 2, state)], true));
        }
        let answered = past("Education", 1, State::Answered);
        assert!(
            needs_reading(&[], false)
                && needs_reading(&[&answered], true)
                && !needs_reading(&[&answered], false)
        );
        assert_eq!(decide(&wanted("Education"), &[&answered], &[], None, false).action, Action::Skip);
        assert_eq!(decided(&[&answered], &[], true), (Action::Skip, 1));
    }

    #[test]
    fn what_was_denied_is_asked_for_again_on_request_and_three_times_in_all() {
        let denied = held("Education", "Denied");
        let answered = [1, 2, 3].map(|number| past("Education", number, State::Answered));
        assert_eq!(decided(&[], &denied, true), (Action::Send, 2)); // somebody asked before
        assert_eq!(decided(&[&answered[0]], &denied, true), (Action::Send, 2));
        assert_eq!(decided(&[&answered[0], &answered[1]], &denied, true), (Action::Send, 3));
        assert_eq!(decided(&[&answered[1], &answered[2]], &denied, true), (Action::Refuse, 3));
        assert_eq!(decided(&[&answered[0]], &held("Education", "InReview"), true), (Action::Skip, 1));
    }

    #[test]
    fn who_was_denied_three_times_is_told_the_same_with_and_without_the_flag() {
        let (read, third) = (held("Education", "Denied"), past("Education", 3, State::Answered));
        let told = |again| {
            decide(&wanted("Education"), &[&third], &[], Some(Ok(&read)), again).reason.unwrap_or_default()
        };
        assert!(told(true).contains("3 times, and more is not allowed"));
        let without = denied(&read[0], &[&third]);
        assert!(without.contains("3 times, and more is not allowed"), "{without}");
        assert!(denied(&read[0], &[]).contains("pass resubmit_denied=True"));
    }

    #[test]
    fn a_row_that_was_asked_for_with_other_details_is_told_so() {
        let other = QualificationRequest::new("Education", Some("K12"), Some("new.example"), None).unwrap();
        for state in [State::Answered, State::Unknown] {
            let last = past("Education", 1, state);
            let told = |wanted| decide(wanted, &[&last], &[], None, false).reason.unwrap_or_default();
            let reason = told(&other);
            assert!(reason.ends_with(", which stay as they were: education_segment K12"), "{reason}");
            assert!(!told(&last.request).contains("details"));
        }
        let (last, read) = (past("Education", 1, State::Answered), held("Education", "Approved"));
        let reason = decide(&other, &[&last], &[], Some(Ok(&read)), true).reason.unwrap_or_default();
        assert!(reason.contains("other details"), "{reason}");
    }

    #[test]
    fn what_another_run_is_asking_for_excludes_too() {
        let open = past("GovernmentCommunityCloud", 1, State::Unknown);
        let decision = decide(&wanted("Education"), &[], &[&open], Some(Ok(&[])), false);
        assert_eq!(decision.action, Action::Refuse);
        let unsent = past("GovernmentCommunityCloud", 1, State::Intended);
        assert_eq!(decide(&wanted("Education"), &[], &[&unsent], Some(Ok(&[])), false).action, Action::Send);
        let decision = decide(&wanted("StateOwnedEntity"), &[], &[&open], Some(Ok(&[])), false);
        assert_eq!(decision.action, Action::Send);
    }
}
