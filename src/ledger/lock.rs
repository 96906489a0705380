//! Keeps a second run from a ledger in a file, for as long as this process lives and no longer.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Display, Path};

use super::fault;
use crate::error::{Error, LedgerError};

/// A lock of the operating system's on a file beside the ledger's. It ends with the process, however that
/// ends.
#[derive(Debug)]
pub(super) struct FileLock(File);

impl FileLock {
    /// Takes the lock for `what`, or says who has it.
    pub(super) fn take(path: &Path, shown: &str, what: &str) -> Result<Self, Error> {
        let mut name = path.as_os_str().to_owned();
        name.push(format!("-{what}"));
        let failed = |error: io::Error| unlocked(shown, what, &Path::new(&name).display(), &error);
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&name).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(fault::in_use(shown, what)),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Closing is not enough: a child forked meanwhile has the file open, too.
        let _ = self.0.unlock();
    }
}

fn unlocked(shown: &str, what: &str, name: &Display<'_>, error: &io::Error) -> Error {
    LedgerError::because(
        format!("the ledger {shown} cannot be locked for {what}: {error}"),
        &format!("give this user the right to write {name}, and in its folder"),
    )
}

/// Says clearly what SQLite would not: that what is there is no file. It is not opened: closing it again
/// would undo the locks that SQLite has on it elsewhere in this process.
pub(super) fn check_file(path: &Path, shown: &str) -> Result<(), Error> {
    match path.metadata() {
        Ok(found) if !found.is_file() => Err(fault::no_ledger(shown)),
        #[cfg(unix)]
        Ok(found) if std::os::unix::fs::MetadataExt::nlink(&found) > 1 => Err(fault::linked(shown)),
        _ => Ok(()),
    }
}
