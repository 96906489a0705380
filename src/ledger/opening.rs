//! Opens a ledger: makes its tables, or brings those of an earlier version up to date, in one transaction.

use std::path::Path;

use sqlx::{ConnectOptions, Connection};
use tokio::time::timeout;

use super::database::{CONNECT, Database, Patience, sqlite};
use super::dialect::Dialect;
use super::location::{Location, SCHEMA};
use super::session::Session;
use super::{fault, lock};
use crate::error::Error;

/// The steps from each version of the tables to the next. None is ever changed: another one follows.
const STEPS: &[&str] = &[include_str!("schema/1.sql")];

/// What tells a ledger from other files of SQLite: `PRAGMA application_id`.
const APPLICATION: i32 = i32::from_be_bytes(*b"PCQL");

/// Kept by whoever makes tables in PostgreSQL, so that two do not do so at once.
const MAKING: i64 = 0x5043_514c_0001;

/// Opens the database, whose tables are ours and of this version afterwards.
pub(super) async fn open(location: &Location) -> Result<Database, Error> {
    let shown = location.shown();
    let failed = |error: sqlx::Error| fault::of(&shown, &error);
    match location {
        Location::Sqlite(path) => {
            lock::check_file(path, &shown)?;
            // Before anything is changed in it: it may be somebody else's.
            let mut patience = Patience::new();
            let mut ours = may_be_ours(path).await;
            while patience.try_again(ours.as_ref().err()).await {
                ours = may_be_ours(path).await;
            }
            if !ours.map_err(failed)? {
                return Err(fault::no_ledger(&shown));
            }
        }
        Location::Postgres(options, _) => {
            // A pool would try for long, and not say why in vain.
            let connection = timeout(CONNECT, options.connect()).await;
            let connection = connection.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(failed)?;
            connection.close().await.map_err(failed)?;
        }
    }
    let database = Database::new(location);
    let mut session = database.write().await?;
    let version = version(&mut session).await?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if version > known {
        return Err(fault::too_new(&shown, version, known));
    }
    update(&mut session, version).await?;
    session.commit().await?;
    Ok(database)
}

/// Whether a file of SQLite is a ledger, or nothing yet.
async fn may_be_ours(path: &Path) -> Result<bool, sqlx::Error> {
    let mut connection = sqlite(path).connect().await?;
    let mut reading = connection.begin().await?; // both at one moment: another process may make it just now
    let found: i32 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *reading).await?;
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_master").fetch_one(&mut *reading).await?;
    reading.commit().await?;
    connection.close().await?;
    Ok(found == APPLICATION || tables == 0)
}

/// The version of the tables; 0 where there are none.
async fn version(session: &mut Session) -> Result<i64, Error> {
    let exists = match session.dialect() {
        Dialect::Sqlite => "SELECT name FROM sqlite_master WHERE name = 'ledger'".to_owned(),
        Dialect::Postgres => {
            session.execute(format!("SELECT pg_advisory_xact_lock({MAKING})"), &[]).await?;
            "SELECT to_regclass('ledger')::text".to_owned()
        }
    };
    if session.value(exists, &[]).await?.is_none() {
        return Ok(0);
    }
    let version = session.value("SELECT CAST(version AS TEXT) FROM ledger".to_owned(), &[]).await?;
    Ok(version.and_then(|text| text.parse().ok()).unwrap_or(0))
}

async fn update(session: &mut Session, version: i64) -> Result<(), Error> {
    let dialect = session.dialect();
    let done = usize::try_from(version).unwrap_or_default();
    if done == 0 {
        match dialect {
            Dialect::Sqlite => session.script(format!("PRAGMA application_id = {APPLICATION}")).await?,
            Dialect::Postgres => make_schema(session).await?,
        }
    }
    for step in &STEPS[done..] {
        session.script(dialect.schema(step)).await?;
    }
    if done == 0 {
        let now = dialect.now();
        let row = format!("INSERT INTO ledger (id, version, created_at) VALUES (1, {}, {now})", STEPS.len());
        session.execute(row, &[]).await?;
    } else if done < STEPS.len() {
        session.execute(format!("UPDATE ledger SET version = {}", STEPS.len()), &[]).await?;
    }
    Ok(())
}

/// Makes our schema, unless the URL names another or somebody made it for us.
async fn make_schema(session: &mut Session) -> Result<(), Error> {
    let wanted = session.value("SELECT current_setting('search_path')".to_owned(), &[]).await?;
    let exists = session.value(format!("SELECT to_regnamespace('{SCHEMA}')::text"), &[]).await?;
    if wanted.as_deref() == Some(SCHEMA) && exists.is_none() {
        session.execute(format!("CREATE SCHEMA {SCHEMA}"), &[]).await?;
    }
    Ok(())
}
