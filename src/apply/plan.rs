//! What is to be sent, and what not: made before anything is.

use std::collections::HashMap;

use chrono::Utc;
use futures_util::{StreamExt, stream};

use super::decision::{Decision, decide, denied, needs_reading};
use super::outcome::{cell, error_texts, status_cell, text_cell};
use super::{Settings, Wanted, caller, codes};
use crate::client::Client;
use crate::error::Error;
use crate::ledger::Ledger;
use crate::ledger::observations::{Look, Record, Source};
use crate::ledger::submissions::{Intent, State, Submission};
use crate::model::{CustomerId, EducationSegment, Qualification};
use crate::table::{Cell, Kind, Rows, Table};

/// Looks that are written down at a time.
const BATCH: usize = 256;

/// What is to be done about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The request is sent.
    Send,
    /// Nothing: there is no need.
    Skip,
    /// Nothing: it would be refused, or the customer cannot be read.
    Refuse,
}

impl Action {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Skip => "skip",
            Self::Refuse => "refuse",
        }
    }
}

/// What is to be done about one row.
#[derive(Debug)]
pub struct Planned {
    /// What it asks for.
    pub wanted: Wanted,
    /// What is to be done.
    pub action: Action,
    /// Why.
    pub reason: Option<String>,
    /// The qualification as the customer has it.
    pub held: Option<Qualification>,
    /// Why the customer could not be read.
    pub error: Option<Error>,
    pub(super) known: Option<Submission>,
    pub(super) number: u32,
}

impl Planned {
    /// Whether it is not sent now, but may be the next time.
    pub(super) fn is_passing(&self) -> bool {
        match &self.error {
            Some(Error::Api(error)) => error.is_retryable,
            Some(_) => true,
            None => false,
        }
    }

    pub(super) fn is_denied(&self) -> bool {
        self.held.as_ref().is_some_and(Qualification::is_denied)
    }
}

/// What is to be done about all rows, in their order.
#[derive(Debug)]
pub struct Plan {
    pub(super) rows: Vec<Planned>,
}

type Read = HashMap<CustomerId, Result<Vec<Qualification>, Error>>;

impl Plan {
    /// Makes a plan. Only reads; what was seen is written down with `records`.
    ///
    /// # Errors
    /// [`Error::InvalidRows`] when validation codes do not suffice; whatever keeps all customers from being
    /// read, or the ledger.
    pub async fn make(
        client: &Client,
        ledger: &Ledger,
        wanted: Vec<Wanted>,
        settings: Settings,
        records: bool,
    ) -> Result<Self, Error> {
        let tenant_id = client.tenant_id().await?;
        if records {
            ledger.bind_to(tenant_id.as_deref()).await?;
        } else {
            ledger.check_tenant(tenant_id.as_deref()).await?;
        }
        let past = Past::load(ledger, &wanted).await?;
        let mut unread: Vec<_> = wanted
            .iter()
            .filter(|one| needs_reading(&past.same(one), settings.resubmit_denied))
            .map(|one| one.customer_id)
            .collect();
        // Those beside each other in the ledger's indexes come together: that is what writing costs most.
        unread.sort_unstable();
        unread.dedup();
        let read = read_all(client, ledger, unread, settings.concurrency, records).await?;
        // What another worker asked for meanwhile was asked for by this ledger, not by others.
        let past = if ledger.is_shared() { Past::load(ledger, &wanted).await? } else { past };
        let rows: Vec<_> =
            wanted.into_iter().map(|one| planned(one, &past, &read, settings.resubmit_denied)).collect();
        let plan = Self { rows };
        codes::check(client, &plan).await?;
        Ok(plan)
    }

    /// What is to be done about each row.
    #[must_use]
    pub fn rows(&self) -> &[Planned] {
        &self.rows
    }

    /// The plan as a table.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut rows = Rows::new(&COLUMNS);
        for planned in &self.rows {
            push(&mut rows, planned);
        }
        rows.finish()
    }

    /// What is to be written down before it is sent.
    pub(super) fn intents(&self, client: &Client) -> Vec<Intent> {
        let mut sent: Vec<_> = self.rows.iter().filter(|row| row.action == Action::Send).collect();
        sent.sort_by_key(|row| row.wanted.customer_id); // as they are sent
        sent.into_iter()
            .map(|row| Intent {
                request_id: row.again().map_or_else(|| client.draw_id(), |known| known.request_id),
                correlation_id: client.draw_id(),
                customer_id: row.wanted.customer_id,
                request: row.wanted.request.clone(),
                number: row.number,
                replaces: row.mended().map(|known| known.request_id),
            })
            .collect()
    }
}

impl Planned {
    /// The request that is gone on with.
    fn open(&self) -> Option<&Submission> {
        self.known.as_ref().filter(|known| known.number == self.number)
    }

    /// The request that was refused, of a row that was mended since: what is sent now is another request, which
    /// the service must not take for a repetition.
    fn mended(&self) -> Option<&Submission> {
        let is_other = |known: &&Submission| known.request != self.wanted.request;
        self.open().filter(|known| known.state == State::Refused).filter(is_other)
    }

    /// The request that is sent again as it was.
    fn again(&self) -> Option<&Submission> {
        self.open().filter(|_| self.mended().is_none())
    }
}

/// What the ledger knows of the customers.
struct Past {
    submissions: HashMap<CustomerId, Vec<Submission>>,
    statuses: HashMap<CustomerId, Vec<Qualification>>,
}

impl Past {
    async fn load(ledger: &Ledger, wanted: &[Wanted]) -> Result<Self, Error> {
        let customers: Vec<_> = wanted.iter().map(|one| one.customer_id).collect();
        let mut past: HashMap<_, Vec<_>> = HashMap::new();
        for submission in ledger.submissions_of(&customers).await? {
            past.entry(submission.customer_id).or_default().push(submission);
        }
        // What was answered once may have been decided since.
        let known: Vec<_> = past.keys().copied().collect();
        let mut statuses: HashMap<_, Vec<_>> = HashMap::new();
        for (customer_id, status) in ledger.statuses_of(&known).await? {
            statuses.entry(customer_id).or_default().push(status);
        }
        Ok(Self { submissions: past, statuses })
    }

    fn split(&self, wanted: &Wanted) -> (Vec<&Submission>, Vec<&Submission>) {
        let all = self.submissions.get(&wanted.customer_id).into_iter().flatten();
        let is_same = |item: &&Submission| item.request.qualification() == wanted.request.qualification();
        all.partition(is_same)
    }

    fn same(&self, wanted: &Wanted) -> Vec<&Submission> {
        self.split(wanted).0
    }
}

async fn read_all(
    client: &Client,
    ledger: &Ledger,
    customers: Vec<CustomerId>,
    concurrency: usize,
    records: bool,
) -> Result<Read, Error> {
    let mut read = Read::with_capacity(customers.len());
    let calls = customers.into_iter().map(|id| {
        let client = client.clone();
        async move {
            let at = Utc::now(); // what happens from here on it may miss
            (id, at, client.read_qualifications(id).await)
        }
    });
    let mut answers = stream::iter(calls).buffer_unordered(concurrency);
    let (mut looks, mut failures) = (Vec::new(), 0);
    while let Some((customer_id, at, answer)) = answers.next().await {
        failures = if answer.as_ref().is_err_and(caller::is_failure) { failures + 1 } else { 0 };
        match answer {
            Ok(reply) => {
                let found = reply.value;
                let look =
                    Look { customer_id: customer_id.to_string(), at, found: found.clone(), is_whole: true };
                looks.extend(records.then_some(look));
                read.insert(customer_id, Ok(found));
            }
            Err(error) if caller::ends_all(&error) || failures >= caller::FAILURES => return Err(error),
            Err(error) => drop(read.insert(customer_id, Err(error))),
        }
        if looks.len() >= BATCH {
            record(ledger, &mut looks).await?;
        }
    }
    record(ledger, &mut looks).await?;
    Ok(read)
}

async fn record(ledger: &Ledger, looks: &mut Vec<Look>) -> Result<(), Error> {
    let looks = std::mem::take(looks);
    let record = Record { looks: looks.iter().collect(), ..Record::default() };
    ledger.record(&record, Source::Apply, "").await.map(drop)
}

fn planned(wanted: Wanted, past: &Past, read: &Read, resubmit_denied: bool) -> Planned {
    let (same, others) = past.split(&wanted);
    let found = read.get(&wanted.customer_id);
    let seen_now = found.map(|found| found.as_deref());
    let Decision { action, reason, number } =
        decide(&wanted.request, &same, &others, seen_now, resubmit_denied);
    let known = same.last().map(|last| Submission::clone(last));
    let is_it = |item: &&Qualification| item.qualification == *wanted.request.qualification();
    let seen = found.and_then(|found| found.as_ref().ok()?.iter().find(is_it).cloned());
    let last_seen = || past.statuses.get(&wanted.customer_id)?.iter().find(is_it).cloned();
    let held = seen.or_else(last_seen).or_else(|| known.as_ref().and_then(|known| known.answer.clone()));
    let is_denied = action == Action::Skip && held.as_ref().is_some_and(Qualification::is_denied);
    let reason = if is_denied { held.as_ref().map(|held| denied(held, &same)) } else { reason };
    let error = found.filter(|_| action == Action::Refuse).and_then(|found| found.as_ref().err().cloned());
    Planned { wanted, action, reason, held, error, known, number }
}

const COLUMNS: [(&str, Kind); 11] = [
    ("row", Kind::Integer),
    ("customer_id", Kind::Text),
    ("qualification", Kind::Word),
    ("education_segment", Kind::Word),
    ("website", Kind::Text),
    ("validation_code", Kind::Text),
    ("action", Kind::Word),
    ("reason", Kind::Text),
    ("vetting_status", Kind::Word),
    ("error_code", Kind::Text),
    ("error_message", Kind::Text),
];

fn push(rows: &mut Rows, planned: &Planned) {
    let Wanted { row, customer_id, request } = &planned.wanted;
    let customer_id = customer_id.to_string();
    let (_, code, message) = error_texts(planned.error.as_ref());
    rows.push([
        Cell::Integer(i64::try_from(*row).unwrap_or(i64::MAX)),
        Cell::Text(&customer_id),
        Cell::Text(request.qualification().as_str()),
        request.education_segment().map(EducationSegment::as_str).map_or(Cell::Null, cell),
        request.website().map_or(Cell::Null, cell),
        request.validation_code().map_or(Cell::Null, cell),
        Cell::Text(planned.action.as_str()),
        text_cell(planned.reason.as_ref()),
        planned.held.as_ref().and_then(|held| held.vetting_status.as_ref()).map_or(Cell::Null, status_cell),
        text_cell(code.as_ref()),
        text_cell(message.as_ref()),
    ]);
}
