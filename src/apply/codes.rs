//! Counts requests against what is left of the validation codes that they name.

use std::collections::HashMap;

use super::plan::{Action, Plan};
use crate::client::Client;
use crate::error::{Error, InvalidRows, Refusal, RowProblem};
use crate::ledger::submissions::State;
use crate::model::ValidationCode;

/// Refuses the whole plan when a code is unknown, or has not enough left: which customers are to go without
/// is not for us to say.
pub(super) async fn check(client: &Client, plan: &Plan) -> Result<(), Error> {
    // A request that may have landed has taken its share already, if it did.
    let is_new = |state: Option<State>| !matches!(state, Some(State::Unknown | State::Sending));
    let sent = plan
        .rows
        .iter()
        .filter(|row| row.action == Action::Send && is_new(row.known.as_ref().map(|known| known.state)));
    let uses: Vec<_> =
        sent.filter_map(|row| Some((row.wanted.row, row.wanted.request.validation_code()?))).collect();
    if uses.is_empty() {
        return Ok(());
    }
    let problems = problems(&uses, &client.list_validation_codes().await?);
    if problems.is_empty() { Ok(()) } else { Err(Error::InvalidRows(InvalidRows(problems))) }
}

fn problems(uses: &[(u64, &str)], codes: &[ValidationCode]) -> Vec<RowProblem> {
    let mut left: HashMap<&str, Option<i64>> =
        codes.iter().map(|code| (code.validation_id.as_str(), code.remaining_creates)).collect();
    let mut problems = Vec::new();
    for &(row, code) in uses {
        let cure = match left.get_mut(code) {
            Some(Some(left)) if *left > 0 => {
                *left -= 1;
                continue;
            }
            Some(None) => continue, // the service does not say
            Some(Some(_)) => {
                let remaining = codes.iter().find(|known| known.validation_id == code);
                let remaining = remaining.and_then(|known| known.remaining_creates).unwrap_or_default();
                format!(
                    "use another code, or leave rows out: the code is good for {remaining} more customers"
                )
            }
            None => "use a code of list_validation_codes(): this is none of the partner's".to_owned(),
        };
        problems.extend(RowProblem::of(row, Refusal::argument("validation_code", code, &cure)));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(id: &str, remaining_creates: Option<i64>) -> ValidationCode {
        ValidationCode {
            validation_id: id.to_owned(),
            partner_id: None,
            organization_name: None,
            max_creates: None,
            remaining_creates,
            etag: None,
            extra: serde_json::Map::new(),
        }
    }

    #[test]
    fn no_code_is_used_more_often_than_it_may_be() {
        let codes = [code("a", Some(2)), code("b", None), code("c", Some(0))];
        let rows = |uses: &[(u64, &str)]| {
            problems(uses, &codes).iter().map(|problem| problem.row).collect::<Vec<_>>()
        };
        assert_eq!(rows(&[(1, "a"), (2, "a"), (3, "b"), (4, "b"), (5, "b")]), [0; 0]);
        assert_eq!(rows(&[(1, "a"), (2, "a"), (3, "a"), (4, "x"), (5, "c"), (6, "a")]), [3, 4, 5, 6]);
    }
}
