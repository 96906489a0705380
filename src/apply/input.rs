//! Rows as they were given, checked all at once.

use std::collections::{HashMap, HashSet};

use super::Wanted;
use crate::error::{Error, InvalidRows, Refusal, RowProblem};
use crate::model::{CustomerId, QualificationRequest, QualificationType};

/// The columns in their order, which is that of a row's problems.
const COLUMNS: [&str; 5] =
    ["customer_id", "qualification", "education_segment", "website", "validation_code"];

/// A row as it was given: texts, or nothing.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The row, counted from 1.
    pub row: u64,
    /// `customer_id`.
    pub customer_id: Option<String>,
    /// `qualification`.
    pub qualification: Option<String>,
    /// `education_segment`.
    pub education_segment: Option<String>,
    /// `website`.
    pub website: Option<String>,
    /// `validation_code`.
    pub validation_code: Option<String>,
}

/// Checks rows. `problems` are those that were found before.
///
/// # Errors
/// [`Error::InvalidRows`] with every problem of every row.
pub fn check(rows: &[Given], mut problems: Vec<RowProblem>) -> Result<Vec<Wanted>, Error> {
    let told: HashSet<_> =
        problems.iter().map(|problem| (problem.row, problem.refusal.field.to_string())).collect();
    let mut wanted = Vec::with_capacity(rows.len());
    let mut known = Known::default();
    for given in rows {
        let (customer_id, request) = (customer_id(given), request(given));
        match (customer_id, request) {
            (Ok(customer_id), Ok(request)) => {
                let one = Wanted { row: given.row, customer_id, request };
                problems.extend(known.conflict(&one));
                wanted.push(one);
            }
            (customer_id, request) => {
                let errors = customer_id.err().into_iter().chain(request.err().into_iter().flatten());
                let found = errors.filter_map(|error| RowProblem::of(given.row, error));
                // What is no text was told of before, and only seems to be missing here.
                let is_told =
                    |problem: &RowProblem| told.contains(&(problem.row, problem.refusal.field.to_string()));
                problems.extend(found.filter(|problem| !is_told(problem)));
            }
        }
    }
    if problems.is_empty() {
        return Ok(wanted);
    }
    problems
        .sort_by_key(|problem| (problem.row, COLUMNS.iter().position(|name| *name == problem.refusal.field)));
    Err(Error::InvalidRows(InvalidRows(problems)))
}

fn customer_id(given: &Given) -> Result<CustomerId, Error> {
    let no_id = || Refusal::missing("customer_id", "give every row the customer's tenant id");
    CustomerId::parse(given.customer_id.as_deref().ok_or_else(no_id)?)
}

fn request(given: &Given) -> Result<QualificationRequest, Vec<Error>> {
    let Some(qualification) = given.qualification.as_deref() else {
        let cure = "ask for Education, GovernmentCommunityCloud or StateOwnedEntity";
        return Err(vec![Refusal::missing("qualification", cure)]);
    };
    QualificationRequest::check(
        qualification,
        given.education_segment.as_deref(),
        given.website.as_deref(),
        given.validation_code.as_deref(),
    )
}

/// The qualification that a customer cannot have together with this one.
pub(super) fn excluded_by(qualification: &QualificationType) -> Option<QualificationType> {
    match qualification {
        QualificationType::Education => Some(QualificationType::GovernmentCommunityCloud),
        QualificationType::GovernmentCommunityCloud => Some(QualificationType::Education),
        _ => None,
    }
}

/// Which row asks for what.
#[derive(Default)]
struct Known(HashMap<(CustomerId, QualificationType), u64>);

impl Known {
    fn conflict(&mut self, one: &Wanted) -> Option<RowProblem> {
        let qualification = one.request.qualification();
        let key = (one.customer_id, qualification.clone());
        let (field, cure) = if let Some(row) = self.0.get(&key) {
            ("customer_id", format!("leave one of the two rows out: row {row} asks for the same"))
        } else {
            self.0.insert(key, one.row);
            let other = excluded_by(qualification)?;
            let row = self.0.get(&(one.customer_id, other.clone()))?;
            let cure = format!(
                "leave one of the two rows out: row {row} asks for {other}, which cannot be combined"
            );
            ("qualification", cure)
        };
        let value =
            if field == "customer_id" { one.customer_id.to_string() } else { qualification.to_string() };
        RowProblem::of(one.row, Refusal::argument(field, &value, &cure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: u64, customer: u32, qualification: &str) -> Given {
        Given {
            row: number,
            customer_id: Some(format!("00000000-0000-0000-0000-{customer:012}")),
            qualification: Some(qualification.to_owned()),
            education_segment: (qualification == "Education").then(|| "K12".to_owned()),
            validation_code: qualification.starts_with("Gov").then(|| "1".to_owned()),
            website: None,
        }
    }

    fn problems(rows: &[Given]) -> Vec<(u64, String)> {
        match check(rows, Vec::new()) {
            Err(Error::InvalidRows(InvalidRows(problems))) => problems
                .into_iter()
                .map(|problem| (problem.row, problem.refusal.field.into_owned()))
                .collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_problem_of_every_row_is_told() {
        let bad = Given { row: 2, customer_id: Some("x".to_owned()), ..Given::default() };
        let rows =
            [row(1, 1, "Nonprofit"), bad, row(3, 3, "Education"), Given { row: 4, ..Given::default() }];
        let expected = [
            (1, "qualification"),
            (2, "customer_id"),
            (2, "qualification"),
            (4, "customer_id"),
            (4, "qualification"),
        ];
        assert_eq!(problems(&rows), expected.map(|(row, field)| (row, field.to_owned())));
    }

    #[test]
    fn a_customer_is_asked_for_the_same_once_and_not_for_what_excludes_it() {
        let rows = [row(1, 1, "Education"), row(2, 1, "education"), row(3, 1, "StateOwnedEntity")];
        assert!(check(&rows[2..], Vec::new()).is_ok());
        let rows = [
            rows[0].clone(),
            Given { education_segment: Some("K12".to_owned()), ..rows[1].clone() },
            rows[2].clone(),
        ];
        assert_eq!(problems(&rows), [(2, "customer_id".to_owned())]);
        let rows = [row(1, 1, "GovernmentCommunityCloud"), row(2, 1, "Education")];
        assert_eq!(problems(&rows), [(2, "qualification".to_owned())]);
    }
}
