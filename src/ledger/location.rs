//! Where a ledger is: a file of SQLite, or a database of PostgreSQL.

use std::path::{Path, PathBuf, absolute};
use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

use crate::error::{Error, REDACTED, Refusal};

/// The schema of the ledger's tables in PostgreSQL, unless the URL names another.
pub(super) const SCHEMA: &str = "partnercenter_qual";

/// Where a ledger is.
#[derive(Clone)]
pub enum Location {
    /// A file, made when it is not there.
    Sqlite(PathBuf),
    /// A database, and its URL.
    Postgres(Box<PgConnectOptions>, String),
}

impl Location {
    /// Reads a path, `sqlite:///path` or `postgresql://user@host/database`. Nothing is opened.
    ///
    /// # Errors
    /// [`Error::Configuration`] naming `url`, without its password.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
        match scheme.to_ascii_lowercase().as_str() {
            "postgresql" | "postgres" if text.contains("://") => postgres(text),
            "postgresql" | "postgres" => Err(refused(text, "write postgresql://user@host/database")),
            "sqlite" => file(sqlite_path(text)?, text),
            scheme if scheme.len() > 1 && text[scheme.len()..].starts_with("://") => {
                Err(refused(text, "pass a path, sqlite:///quals.db or postgresql://user@host/database"))
            }
            _ => file(text, text),
        }
    }

    /// How it is named to people: without secrets.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::Postgres(options, _) => {
                let (user, host, port) = (options.get_username(), options.get_host(), options.get_port());
                format!("postgresql://{user}@{host}:{port}/{}", options.get_database().unwrap_or_default())
            }
        }
    }

    /// Where it is, for who opens it elsewhere; none where that has a secret in it.
    pub(super) fn address(&self) -> Option<String> {
        match self {
            Self::Sqlite(path) => path.to_str().map(str::to_owned),
            Self::Postgres(_, text) => {
                let url = Url::parse(text).ok()?;
                let is_secret = |name: &str| name.contains("password") || name.contains("key");
                let has_secret =
                    url.password().is_some() || url.query_pairs().any(|(name, _)| is_secret(&name));
                (!has_secret).then(|| text.clone())
            }
        }
    }
}

fn refused(text: &str, cure: &str) -> Error {
    Refusal::option("url", without_password(text), cure)
}

/// A URL as it may be shown. What may be a password but cannot be told from the rest goes, too.
fn without_password(text: &str) -> String {
    let end = |rest: &str| rest.split(['?', '#']).next().unwrap_or_default().to_owned();
    match text.rsplit_once('@') {
        Some((before, rest)) => {
            let scheme = before.split_once("://").map_or("", |(scheme, _)| scheme);
            let scheme = if scheme.is_empty() { String::new() } else { format!("{scheme}://") };
            format!("{scheme}{REDACTED}@{}", end(rest))
        }
        None => end(text),
    }
}

/// The convention of Python's database tools: three slashes before a relative path, four before an
/// absolute one.
fn sqlite_path(text: &str) -> Result<&str, Error> {
    let rest = text.split_once(':').map_or("", |(_, rest)| rest);
    let cure =
        "write sqlite:///quals.db for a relative path, sqlite:////home/me/quals.db for an absolute one";
    let path = rest.strip_prefix("///").ok_or_else(|| refused(text, cure))?;
    if path.contains('?') {
        return Err(refused(text, "leave out what stands after the question mark: there are no options"));
    }
    Ok(path)
}

fn file(path: &str, text: &str) -> Result<Location, Error> {
    if path.is_empty() || path == ":memory:" {
        return Err(refused(text, "pass the path of a file: a ledger is there to last"));
    }
    let path = absolute(Path::new(path)).map_err(|_| refused(text, "pass the path of a file"))?;
    if path.is_dir() {
        return Err(refused(text, "pass the path of a file: this is a folder"));
    }
    if !path.parent().is_some_and(Path::is_dir) {
        let mut cure = "pass a path in a folder that exists".to_owned();
        if !text.contains('@') {
            cure = format!("{cure}: there is no folder {}", path.parent().unwrap_or(&path).display());
        }
        if text.starts_with("sqlite:///") && !text.starts_with("sqlite:////") {
            cure.push_str(" (an absolute path has four slashes before it)");
        }
        return Err(refused(text, &cure));
    }
    // Whatever leads to a file, it has one name here, and so one lock.
    Ok(Location::Sqlite(path.canonicalize().unwrap_or(path)))
}

/// What may stand behind the question mark of PostgreSQL's URLs.
const PARAMETERS: [&str; 12] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// Refuses what would be left out of account, such as an `sslmode` that is misspelt.
fn check_parameters(text: &str) -> Result<(), Error> {
    let Ok(url) = Url::parse(text) else { return Ok(()) }; // which is told of later
    for (name, value) in url.query_pairs() {
        if name == "sslmode" && value.parse::<PgSslMode>().is_err() {
            let modes = "disable, allow, prefer, require, verify-ca or verify-full";
            return Err(refused(text, &format!("set sslmode to {modes}")));
        }
        if !PARAMETERS.contains(&&*name) && !name.starts_with("options[") {
            let known = PARAMETERS.join(", ");
            return Err(refused(text, &format!("leave out {name:?}: parameters of the URL are {known}")));
        }
    }
    Ok(())
}

fn postgres(text: &str) -> Result<Location, Error> {
    let cure = "pass postgresql://user@host/database, its password percent-encoded or in PGPASSWORD";
    check_parameters(text)?;
    let mut options = PgConnectOptions::from_str(text).map_err(|_| refused(text, cure))?;
    if options.get_database().is_some_and(|name| name.contains('@')) {
        return Err(refused(text, cure)); // a password with a slash in it
    }
    if options.get_database().is_none() {
        return Err(refused(text, "name the database at the end: postgresql://user@host/database"));
    }
    if !options.get_options().is_some_and(|options| options.contains("search_path")) {
        options = options.options([("search_path", SCHEMA)]);
    }
    let options = options.application_name("partnercenter_qual");
    Ok(Location::Postgres(Box::new(options), text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> Refusal {
        match Location::parse(text) {
            Err(Error::Configuration(refusal)) => *refusal,
            other => panic!("{text}: {:?}", other.map(|location| location.shown())),
        }
    }

    #[test]
    fn a_path_is_a_file_of_sqlite() {
        for (text, path) in
            [("quals.db", "quals.db"), ("sqlite:///quals.db", "quals.db"), ("./a b.db", "a b.db")]
        {
            let Ok(Location::Sqlite(found)) = Location::parse(text) else { panic!("{text}") };
            assert_eq!(found, absolute(path).unwrap(), "{text}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("quals.db");
        for text in [path.display().to_string(), format!("sqlite:///{}", path.display())] {
            let Ok(Location::Sqlite(found)) = Location::parse(&text) else { panic!("{text}") };
            assert_eq!(found, path);
        }
    }

    #[test]
    fn what_is_no_place_for_a_ledger_is_refused() {
        for text in [
            "",
            ":memory:",
            "sqlite://",
            "sqlite:quals.db",
            "sqlite:///",
            "mysql://host/x",
            ".",
            "no/such/folder/x.db",
        ] {
            assert_eq!(refusal(text).field, "url", "{text}");
        }
        assert!(refusal("sqlite:///no/such/folder/quals.db").cure.contains("four slashes"));
        assert!(refusal("postgresql://me@host").cure.contains("database"));
        assert!(refusal("postgresql://me@host/x?sslmode=bogus").cure.contains("verify-full"));
        assert!(refusal("postgresql://me@host/x?sslmod=require").cure.contains("leave out \"sslmod\""));
    }

    #[test]
    fn passwords_are_not_shown() {
        let Ok(location) = Location::parse("postgresql://me:geheim@host:5433/quals?sslmode=prefer") else {
            panic!()
        };
        assert_eq!(location.shown(), "postgresql://me@host:5433/quals");
        assert_eq!(location.address(), None);
        let plain = "postgresql://me@host/quals?sslmode=prefer";
        assert_eq!(Location::parse(plain).unwrap().address().as_deref(), Some(plain));
        for text in [
            "postgresql://me:geheim@host:port/x",
            "postgresql://me:geheim@host",
            "oracle://me:geheim@host/x",
            "postgresql://me@host:port/x?password=geheim",
            "me:geheim@host/x",
            "postgresql:me:geheim@host/x",
            "postgresql://me:ge#geheim@host/x",
            "postgresql://me:ge?geheim@host/x",
            "postgresql://me:12/34geheim@host/x",
        ] {
            assert!(!refusal(text).to_string().contains("geheim"), "{text}");
        }
    }
}
