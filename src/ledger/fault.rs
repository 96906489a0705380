//! What went wrong with a database, in words for people.

use crate::error::{Error, LedgerError};

const DAMAGED: &str = "restore it from a copy, or move it away and begin a new ledger";
const NO_LEDGER: &str = "pass the path of a ledger, or of no file yet";
const FULL: &str = "make room, then run again with the same ledger: it goes on where it stopped";
const AGAIN: &str = "run again with the same ledger: it goes on where it stopped";
const LOCKED: &str = "wait until whoever works with the ledger is done, or end it, then run again";
const READ_ONLY: &str = "give this user the right to write the file, what stands beside it (-wal, -shm) and in its folder, or pass a ledger elsewhere";

/// The error of a ledger, from that of its database.
pub(super) fn of(shown: &str, error: &sqlx::Error) -> Error {
    let (what, hint) = explain(error);
    let (message, hint) = (format!("the ledger {shown} {what}"), Some(hint.to_owned()));
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    Error::Ledger(Box::new(LedgerError { message, hint, was_suspended: code.as_deref() == Some(SUSPENDED) }))
}

fn explain(error: &sqlx::Error) -> (String, &'static str) {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            let known = match code.parse::<i32>() {
                Ok(number) if code.len() < 5 => of_sqlite(number & 0xff),
                _ => of_postgres(&code),
            };
            let (what, hint) = known.unwrap_or(("failed", "look at what the database says"));
            (format!("{what}: {}", error.message()), hint)
        }
        sqlx::Error::Io(error) => (format!("cannot be reached: {error}"), UNREACHABLE),
        sqlx::Error::Tls(error) => {
            (format!("cannot be reached by TLS: {error}"), "check sslmode and sslrootcert in the URL")
        }
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            ("cannot be reached: no connection in time".to_owned(), UNREACHABLE)
        }
        other => (format!("cannot be used: {other}"), "look at what the database says"),
    }
}

const UNREACHABLE: &str = "check that the database runs and that host, port and network are right";

/// PostgreSQL's code for a transaction in which nothing was done for too long.
const SUSPENDED: &str = "25P03";

/// Whether SQLite's file is in use by another process.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    let code = code.filter(|code| code.len() < 5).and_then(|code| code.parse::<i32>().ok()); // not PostgreSQL's
    code.is_some_and(|code| matches!(code & 0xff, 5 | 6))
}

/// By SQLite's primary result codes.
fn of_sqlite(code: i32) -> Option<(&'static str, &'static str)> {
    Some(match code {
        3 | 8 => ("is read-only", READ_ONLY),
        5 | 6 => ("is locked by somebody else", LOCKED),
        10 => ("cannot be written or read", "check the disk, and that it has room"),
        11 => ("is damaged", DAMAGED),
        13 => ("has no room: the disk is full", FULL),
        14 => ("cannot be opened", READ_ONLY),
        26 => ("is no ledger", NO_LEDGER),
        _ => return None,
    })
}

/// By PostgreSQL's SQLSTATE codes.
fn of_postgres(code: &str) -> Option<(&'static str, &'static str)> {
    Some(match code {
        "28000" | "28P01" => ("does not let us in", "check user and password in the URL, or PGPASSWORD"),
        "3F000" => (
            "has no schema that this user may use",
            "make the schema that the URL's search_path names, or have the user be granted the rights on it",
        ),
        "3D000" => ("has no such database", "make the database first, or check its name in the URL"),
        "42501" => ("refuses this user", "grant the user the rights on the database and its schema"),
        "25006" => ("is read-only", "pass the URL of the primary server"),
        "53100" => ("has no room: the disk is full", FULL),
        "53300" => ("has no free connection", "end some of its clients, or let the server have more"),
        "55P03" | "57014" => ("is locked by somebody else", LOCKED),
        SUSPENDED => ("was written to for too long: this program was suspended", AGAIN),
        "57P01" | "57P02" | "57P03" => ("is shutting down or starting", "try again when the server runs"),
        "XX001" | "XX002" => ("is damaged", DAMAGED),
        "42P07" | "42703" | "42P01" => {
            ("is no ledger", "use another database or schema, or restore the ledger's tables")
        }
        _ => return None,
    })
}

/// A database that is not ours.
pub(super) fn no_ledger(shown: &str) -> Error {
    LedgerError::because(format!("{shown} is no ledger: it is a database of something else"), NO_LEDGER)
}

/// A ledger of the future.
pub(super) fn too_new(shown: &str, version: i64, known: i64) -> Error {
    LedgerError::because(
        format!("the ledger {shown} has version {version}, this package knows {known}"),
        "install the newer partnercenter_qual that made it",
    )
}

/// What stands in a column is nothing that we write there.
pub(super) fn unreadable(shown: &str, what: &str) -> Error {
    LedgerError::because(format!("the ledger {shown} has a {what} that cannot be read"), DAMAGED)
}

/// It has several names, each of which would have locks of its own.
pub(super) fn linked(shown: &str) -> Error {
    LedgerError::because(
        format!("the ledger {shown} has another name, too: its file is a hard link"),
        "keep one of its names, and remove the others",
    )
}

/// Another run has it.
pub(super) fn in_use(shown: &str, what: &str) -> Error {
    let hint = match what {
        "watch" => {
            "close() the other one, or wait until it has ended; on PostgreSQL one that was killed counts as ended when its lease is over"
        }
        _ => "wait until that has ended; only a ledger on PostgreSQL lets several apply together",
    };
    LedgerError::because(format!("the ledger {shown} is in use: another {what} runs with it"), hint)
}

/// Somebody took it away.
pub(super) fn gone(shown: &str) -> Error {
    LedgerError::because(
        format!("the ledger {shown} is gone: its file was moved, removed or replaced"),
        "put it back, then run again with it: it goes on where it stopped",
    )
}

/// Its user closed it.
pub(super) fn closed(shown: &str) -> Error {
    LedgerError::because(format!("the ledger {shown} was closed"), "open it again, then run again with it")
}
