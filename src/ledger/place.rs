//! Whether a file of SQLite is still where it was opened. SQLite keeps what was written lately beside it, under the
//! name: if another file takes that name, it gets what was written to the first one.

use std::path::{Path, PathBuf};

/// The file that had a name when it was opened.
#[derive(Debug, Clone)]
pub(super) struct Place {
    path: PathBuf,
    file: Option<Identity>,
}

/// What tells one file from another.
type Identity = (u64, u64);

impl Place {
    pub(super) fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), file: identity(path) }
    }

    /// Whether the file was moved or removed, or another one was put in its place.
    pub(super) fn is_left(&self) -> bool {
        identity(&self.path) != self.file
    }
}

/// The file is not opened for it: closing it again would undo the locks that SQLite has on it.
#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    path.metadata().ok().map(|found| (found.dev(), found.ino()))
}

/// Elsewhere a file that is open cannot be moved.
#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    path.exists().then_some((0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_leaves_its_place_when_it_is_moved_or_another_one_is_put_there() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("quals.db"), folder.path().join("other.db"));
        std::fs::write(&path, "one").unwrap();
        let place = Place::of(&path);
        std::fs::write(&path, "changed").unwrap();
        assert!(!place.is_left());
        std::fs::rename(&path, &other).unwrap();
        assert!(place.is_left());
        std::fs::write(&path, "another").unwrap();
        assert!(cfg!(not(unix)) || place.is_left());
        std::fs::rename(&other, &path).unwrap();
        assert!(!place.is_left());
    }
}
