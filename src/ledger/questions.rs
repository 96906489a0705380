//! Tables of what a ledger knows.

use chrono::{DateTime, Utc};

use super::observations::NONE;
use super::reading::Query;
use super::submissions::State;
use super::{Ledger, moment};
use crate::error::{Error, Refusal};
use crate::model::CustomerId;
use crate::table::{Kind, Table};

type Columns = &'static [(&'static str, &'static str, Kind)];

const STATUS: Columns = &[
    ("customer_id", "customer_id", Kind::Text),
    ("qualification", "qualification", Kind::Word),
    ("vetting_status", "vetting_status", Kind::Word),
    ("vetting_reason", "vetting_reason", Kind::Text),
    ("vetting_created_date", "vetting_created_date", Kind::Moment),
    ("observed_at", "observed_at", Kind::Moment),
    ("confirmed_at", "confirmed_at", Kind::Moment),
];

const HISTORY: Columns = &[
    ("customer_id", "customer_id", Kind::Text),
    ("qualification", "qualification", Kind::Word),
    ("vetting_status", "vetting_status", Kind::Word),
    ("vetting_reason", "vetting_reason", Kind::Text),
    ("vetting_created_date", "vetting_created_date", Kind::Moment),
    ("is_gone", "is_gone", Kind::Flag),
    ("source", "source", Kind::Word),
    ("observed_at", "observed_at", Kind::Moment),
    ("confirmed_at", "confirmed_at", Kind::Moment),
    ("superseded_at", "superseded_at", Kind::Moment),
];

const CHANGES: Columns = &[
    ("customer_id", "customer_id", Kind::Text),
    ("qualification", "qualification", Kind::Word),
    ("old_status", "old_status", Kind::Word),
    ("new_status", "vetting_status", Kind::Word),
    ("reason", "vetting_reason", Kind::Text),
    ("is_gone", "is_gone", Kind::Flag),
    ("observed_at", "observed_at", Kind::Moment),
];

const SUBMISSIONS: Columns = &[
    ("request_id", "request_id", Kind::Text),
    ("customer_id", "customer_id", Kind::Text),
    ("qualification", "qualification", Kind::Word),
    ("number", "number", Kind::Integer),
    ("state", "state", Kind::Word),
    ("attempts", "attempts", Kind::Integer),
    ("body", "body", Kind::Text),
    ("answer_status", "answer_status", Kind::Word),
    ("error_status", "error_status", Kind::Integer),
    ("error_code", "error_code", Kind::Text),
    ("error_message", "error_message", Kind::Text),
    ("correlation_id", "correlation_id", Kind::Text),
    ("created_at", "created_at", Kind::Moment),
    ("sent_at", "sent_at", Kind::Moment),
    ("answered_at", "answered_at", Kind::Moment),
];

const PENDING: Columns = &[
    ("customer_id", "customer_id", Kind::Text),
    ("qualification", "qualification", Kind::Word),
    ("state", "state", Kind::Word),
    ("request_id", "request_id", Kind::Text),
    ("since", "since", Kind::Moment),
    ("confirmed_at", "confirmed_at", Kind::Moment),
];

const DIFFERENCES: Columns = &[
    ("customer_id", "customer_id", Kind::Text),
    ("qualification", "qualification", Kind::Word),
    ("old_status", "old_status", Kind::Word),
    ("new_status", "new_status", Kind::Word),
    ("old_reason", "old_reason", Kind::Text),
    ("new_reason", "new_reason", Kind::Text),
    ("is_new", "was_not", Kind::Flag),
    ("is_gone", "is_gone", Kind::Flag),
    ("observed_at", "observed_at", Kind::Moment),
];

impl Ledger {
    /// What is so now, as far as was seen: a row for each customer and qualification, and one of
    /// qualification `None` for a customer that has none.
    ///
    /// # Errors
    /// [`Error::Ledger`]
    pub async fn latest(&self) -> Result<Table, Error> {
        let query = Query { from: "observations", columns: STATUS, values: &[] };
        self.table(&query, "superseded_at IS NULL AND is_gone = 0").await
    }

    /// All that was ever seen of a customer, oldest first.
    ///
    /// # Errors
    /// [`Error::Ledger`]
    pub async fn history(&self, customer_id: CustomerId) -> Result<Table, Error> {
        let id = customer_id.to_string();
        let query = Query { from: "observations", columns: HISTORY, values: &[&id] };
        self.table(&query, "customer_id = $1").await
    }

    /// What has changed, oldest first, since a point in time.
    ///
    /// # Errors
    /// [`Error::Ledger`]
    pub async fn changes(&self, since: Option<DateTime<Utc>>) -> Result<Table, Error> {
        let since = since.map(moment::text).unwrap_or_default();
        let query = Query { from: "observations", columns: CHANGES, values: &[&since] };
        self.table(&query, "is_change = 1 AND observed_at >= $1").await
    }

    /// What has not come to its end: what is in review, and requests that were not answered.
    ///
    /// # Errors
    /// [`Error::Ledger`]
    pub async fn pending(&self) -> Result<Table, Error> {
        // The ids of the second part follow on those of the first.
        let from = "(SELECT o.id, o.customer_id, o.qualification, o.vetting_status AS state, s.request_id, \
                    COALESCE(o.vetting_created_date, o.observed_at) AS since, o.confirmed_at \
                    FROM observations o LEFT JOIN submissions s ON s.customer_id = o.customer_id \
                    AND s.qualification = o.qualification AND s.state = 'answered' \
                    AND s.number = (SELECT max(number) FROM submissions m WHERE m.customer_id = o.customer_id \
                    AND m.qualification = o.qualification) \
                    WHERE o.superseded_at IS NULL AND o.vetting_status = 'InReview' UNION ALL \
                    SELECT id + (SELECT COALESCE(max(id), 0) FROM observations), customer_id, qualification, state, \
                    request_id, created_at, CAST(NULL AS TEXT) FROM submissions \
                    WHERE state IN ('intended', 'sending', 'unknown') AND NOT EXISTS (SELECT 1 FROM observations o \
                    WHERE o.customer_id = submissions.customer_id \
                    AND o.qualification = submissions.qualification \
                    AND o.superseded_at IS NULL AND o.vetting_status = 'InReview')) AS pending";
        self.table(&Query { from, columns: PENDING, values: &[] }, "1 = 1").await
    }

    /// Requests, oldest first, in one state or in any.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] naming `state`; [`Error::Ledger`].
    pub async fn submissions_table(&self, state: Option<&str>) -> Result<Table, Error> {
        let cure = "pass intended, sending, answered, refused or unknown, or None for all";
        if let Some(state) = state.filter(|state| State::parse(state).is_none()) {
            return Err(Refusal::argument("state", state, cure));
        }
        let value = state.unwrap_or_default();
        let query = Query { from: "submissions", columns: SUBMISSIONS, values: &[value] };
        self.table(&query, "($1 = '' OR state = $1)").await
    }

    /// What was different at two points in time.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when the later one is not; [`Error::Ledger`].
    pub async fn diff(&self, earlier: DateTime<Utc>, later: DateTime<Utc>) -> Result<Table, Error> {
        if later < earlier {
            let cure = "pass a point in time that is not before `earlier`";
            return Err(Refusal::argument("later", &moment::text(later), cure));
        }
        let (earlier, later) = (moment::text(earlier), moment::text(later));
        let at = |parameter: &str| {
            format!(
                "SELECT * FROM observations WHERE observed_at <= {parameter} \
                 AND (superseded_at IS NULL OR superseded_at > {parameter}) AND qualification <> '{NONE}'"
            )
        };
        // What is so later and began after `earlier`, beside what was so then.
        let from = format!(
            "(SELECT new.id, new.customer_id, new.qualification, old.vetting_status AS old_status, \
             new.vetting_status AS new_status, old.vetting_reason AS old_reason, \
             new.vetting_reason AS new_reason, new.observed_at, new.is_gone, \
             COALESCE(old.is_gone, 1) AS was_not FROM ({}) new LEFT JOIN ({}) old \
             ON old.customer_id = new.customer_id AND old.qualification = new.qualification \
             WHERE new.observed_at > $1) AS differences",
            at("$2"),
            at("$1")
        );
        let query = Query { from: &from, columns: DIFFERENCES, values: &[&earlier, &later] };
        let differs = "(was_not <> is_gone OR old_status IS DISTINCT FROM new_status \
                       OR old_reason IS DISTINCT FROM new_reason)";
        self.table(&query, differs).await
    }
}
