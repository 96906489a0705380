//! What was asked for and what was seen, kept in a database that outlives every process.
//!
//! - [`submissions`]: one row for each request, written before it is sent and after it was answered;
//! - [`observations`]: each status ever seen, from when to when;
//! - [`sweeps`]: how far sweeps have come;
//! - [`questions`]: tables of all that.
//!
//! SQLite in a file, or PostgreSQL for several machines; the statements are the same but for what
//! `dialect` says. All points in time are texts of one width, in UTC.

pub(crate) mod claims;
mod clock;
mod database;
mod dialect;
mod fault;
mod location;
mod lock;
mod moment;
pub(crate) mod observations;
mod opening;
mod place;
pub(crate) mod progress;
pub mod questions;
mod reading;
mod session;
pub(crate) mod submissions;
pub(crate) mod sweeps;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use uuid::Uuid;

use crate::error::{Error, LedgerError, Refusal};
use database::Database;
use dialect::Dialect;
use lock::FileLock;
use session::Session;

pub use location::Location;

/// The longest and the shortest time after which the rows of a worker are taken over.
const LEASES: std::ops::RangeInclusive<f64> = 1.0..=86_400.0;
const LONGEST_LEASE: Duration = Duration::from_secs(86_400);

/// How long an end may take that can do without the ledger.
const PATIENCE: Duration = Duration::from_secs(2);

/// A ledger. Cheap to clone; clones share its connections.
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

struct Inner {
    database: Database,
    path: Option<PathBuf>,
    address: Option<String>,
    tenant_id: Option<Uuid>,
    lease: Duration,
    /// Taken by who writes: SQLite's own way of waiting for its turn is slow.
    turn: tokio::sync::Mutex<()>,
}

/// A call or a run that uses a ledger.
pub(crate) struct InUse(Ledger);

impl Drop for InUse {
    fn drop(&mut self) {
        self.0.0.database.end_use();
    }
}

/// What only one run at a time may do with a ledger in a file.
pub(crate) struct Exclusive(#[expect(dead_code, reason = "held until dropped")] Option<FileLock>);

/// Checks after how many seconds the rows of a worker that gives no sign of life are taken over.
///
/// # Errors
/// [`Error::Configuration`] naming `lease`.
pub fn lease(seconds: f64) -> Result<Duration, Error> {
    if LEASES.contains(&seconds) {
        return Ok(Duration::from_secs_f64(seconds));
    }
    Err(Refusal::option("lease", seconds, "pass a number of seconds from 1 to 86400"))
}

/// Checks the id of the partner's tenant.
///
/// # Errors
/// [`Error::Configuration`] naming `tenant_id`.
pub fn tenant_id(text: &str) -> Result<Uuid, Error> {
    let cure = "pass the partner's tenant id, a GUID";
    crate::model::guid("tenant_id", text, cure).map_err(|_| Refusal::option("tenant_id", text, cure))
}

impl Ledger {
    /// Opens a ledger, which is made when there is none. `tenant_id` says whose it is where tokens do not.
    ///
    /// # Errors
    /// [`Error::Ledger`] when what is there is no ledger of this version, or cannot be written.
    pub async fn open(location: &Location, tenant_id: Option<Uuid>, lease: Duration) -> Result<Self, Error> {
        let path = match location {
            Location::Sqlite(path) => Some(path.clone()),
            Location::Postgres(..) => None,
        };
        let database = opening::open(location).await?;
        let turn = tokio::sync::Mutex::default();
        let address = location.address();
        let inner = Inner { database, path, address, tenant_id, lease, turn };
        let ledger = Self(Arc::new(inner));
        if let Some(tenant_id) = tenant_id {
            ledger.bind(&tenant_id.to_string()).await?;
        }
        ledger.rest().await;
        Ok(ledger)
    }

    /// How it is named to people: without secrets.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.0.database.shown()
    }

    /// Where it is, for who opens it elsewhere; none where that has a secret in it.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }

    /// Closes its connections. Runs that still use it end with an error.
    pub async fn close(&self) {
        self.0.database.close().await;
    }

    /// Closes its connections, unless somebody uses them.
    pub async fn rest(&self) {
        self.0.database.rest().await;
    }

    /// Does something with the ledger, and then lets go of it.
    pub async fn using<T>(&self, work: impl Future<Output = T>) -> T {
        let in_use = self.in_use();
        let output = work.await;
        drop(in_use);
        self.rest().await;
        output
    }

    /// Has connections stay until this is dropped.
    pub(crate) fn in_use(&self) -> InUse {
        self.0.database.begin_use();
        InUse(self.clone())
    }

    /// Writes down that a worker lets go of something. Where that fails or takes long, its lease ends by itself.
    pub(crate) async fn let_go(&self, writing: impl Future<Output = Result<(), Error>>) {
        let _ = timeout(PATIENCE, writing).await;
    }

    /// After which time the rows of a worker are taken over.
    pub(crate) fn lease(&self) -> Duration {
        self.0.lease
    }

    /// Whether several processes may apply together.
    pub(crate) fn is_shared(&self) -> bool {
        self.0.path.is_none()
    }

    /// Checks that the ledger is of the tenant that a token names, or of nobody yet.
    pub(crate) async fn check_tenant(&self, claimed: Option<&str>) -> Result<(), Error> {
        let known = self.read().await?.value("SELECT tenant_id FROM ledger".to_owned(), &[]).await?;
        match (known, claimed) {
            (Some(known), Some(claimed)) => self.check_same(&known, claimed),
            (None, Some(_)) => Ok(()),
            (_, None) => self.bind_to(None).await,
        }
    }

    fn check_same(&self, known: &str, claimed: &str) -> Result<(), Error> {
        if known.eq_ignore_ascii_case(claimed) {
            return Ok(());
        }
        Err(LedgerError::because(
            format!("the ledger {} is of tenant {known}, not of {claimed}", self.shown()),
            "use a ledger of its own for each partner tenant",
        ))
    }

    /// Has the ledger be of the tenant that a token names. The first one to use it decides.
    ///
    /// # Errors
    /// [`Error::Ledger`] when it is another tenant's, or the token does not say whose it is.
    pub(crate) async fn bind_to(&self, claimed: Option<&str>) -> Result<(), Error> {
        match (claimed, self.0.tenant_id) {
            (Some(tenant_id), _) => self.bind(tenant_id).await,
            (None, Some(_)) => Ok(()), // it was bound when it was opened
            (None, None) => Err(LedgerError::because(
                format!(
                    "whose the ledger {} is cannot be told: the token does not name its tenant",
                    self.shown()
                ),
                "pass the partner's tenant id: Ledger(url, tenant_id=...)",
            )),
        }
    }

    async fn bind(&self, tenant_id: &str) -> Result<(), Error> {
        let tenant_id = tenant_id.to_ascii_lowercase();
        let mut session = self.write().await?;
        if let Some(known) = session.value("SELECT tenant_id FROM ledger".to_owned(), &[]).await? {
            return self.check_same(&known, &tenant_id);
        }
        // Another's may have come first just now.
        let bind = "UPDATE ledger SET tenant_id = COALESCE(tenant_id, $1) RETURNING tenant_id".to_owned();
        if let Some(known) = session.value(bind, &[&tenant_id]).await? {
            self.check_same(&known, &tenant_id)?;
        }
        session.commit().await
    }

    /// Keeps others from doing the same with a ledger in a file. What several may do at once they may do
    /// in PostgreSQL.
    pub(crate) fn exclusive(&self, what: &str) -> Result<Exclusive, Error> {
        let lock = |path: &PathBuf| FileLock::take(path, self.0.database.shown(), what);
        Ok(Exclusive(self.0.path.as_ref().map(lock).transpose()?))
    }

    fn dialect(&self) -> Dialect {
        self.0.database.dialect()
    }

    async fn write(&self) -> Result<Writing<'_>, Error> {
        let turn = self.0.turn.lock().await;
        Ok(Writing { session: self.0.database.write().await?, ledger: self, _turn: turn })
    }

    async fn observe(&self) -> Result<Writing<'_>, Error> {
        let turn = self.0.turn.lock().await;
        Ok(Writing { session: self.0.database.observe().await?, ledger: self, _turn: turn })
    }

    async fn read(&self) -> Result<Session, Error> {
        self.0.database.read().await
    }

    async fn read_much(&self) -> Result<Session, Error> {
        self.0.database.read_much().await
    }
}

/// A transaction that writes.
struct Writing<'a> {
    session: Session,
    ledger: &'a Ledger,
    _turn: tokio::sync::MutexGuard<'a, ()>,
}

impl Writing<'_> {
    async fn commit(self) -> Result<(), Error> {
        let database = &self.ledger.0.database;
        // What could not be committed leaves its connection in the middle of a transaction.
        self.session.commit().await.inspect_err(|_| database.discard())?;
        database.check_place().await // what is written elsewhere is not written
    }
}

impl std::ops::Deref for Writing<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl std::ops::DerefMut for Writing<'_> {
    fn deref_mut(&mut self) -> &mut Session {
        &mut self.session
    }
}
