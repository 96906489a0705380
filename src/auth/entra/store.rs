//! A refresh token in a file, for several processes: replaced as a whole, readable by its owner alone.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::CallbackFuture;
use super::rotation::{RefreshTokenStore, is_refresh_token};
use crate::error::{AuthenticationError, Error, Refusal};

/// How often to look whether another process has let go of the store.
const LOCK_INTERVAL: Duration = Duration::from_millis(20);
/// How long to do so: a token request seldom takes a second.
const LOCK_PATIENCE: Duration = Duration::from_secs(120);
/// Longer than a refresh token can be, and all that stands beside it.
const LARGEST_FILE: u64 = 64 * 1024;

/// Keeps others from the store until it is dropped.
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a child forked meanwhile has the file open, too.
        let _ = self.0.unlock();
    }
}

/// A file that holds a refresh token. It is created when there is one to keep, by its owner for its owner.
#[derive(Debug, Clone)]
pub struct FileStore {
    path: PathBuf,
    client_id: String,
}

impl FileStore {
    /// Checks that the file can be used, if it is there, and that it can be made, if it is not.
    ///
    /// # Errors
    /// [`Error::Configuration`] naming `store`.
    pub fn open(path: &Path, client_id: &str) -> Result<Self, Error> {
        let refuse = |cure: &str| Refusal::option("store", path.display(), cure);
        if path.file_name().is_none() {
            return Err(refuse("pass the path of a file"));
        }
        let store = Self { path: target(path), client_id: client_id.to_owned() };
        if store.read()?.is_none() && !store.directory().is_dir() {
            return Err(refuse("pass a path in a directory that exists"));
        }
        Ok(store)
    }

    /// Checks that there is a refresh token in it.
    ///
    /// # Errors
    /// [`Error::Configuration`] naming `store`.
    pub fn check_filled(&self) -> Result<(), Error> {
        let cure = "pass a refresh token, or fill the file with DeviceCodeCredential: it holds none yet";
        self.read()?.map(drop).ok_or_else(|| self.refuse(cure))
    }

    fn directory(&self) -> &Path {
        self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// The path with something more at its end.
    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(ending);
        name.into()
    }

    fn refuse(&self, cure: &str) -> Error {
        Refusal::option("store", self.path.display(), cure)
    }

    fn read(&self) -> Result<Option<SecretString>, Error> {
        let unreadable = |error: io::Error| self.refuse(&format!("pass a file that can be read ({error})"));
        let metadata = match fs::metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        // Before it is opened: a pipe would wait for its other end.
        if !metadata.is_file() || metadata.len() > LARGEST_FILE {
            return Err(self.refuse("pass the path of a file with a refresh token, or of none yet"));
        }
        if is_open_to_others(&metadata) {
            return Err(self.refuse("take the rights on it from group and others (chmod 600)"));
        }
        let text = SecretString::from(fs::read_to_string(&self.path).map_err(unreadable)?);
        self.parse(text.expose_secret())
    }

    /// The refresh token in what we wrote. Anything else is left alone: it may be no store at all.
    fn parse(&self, text: &str) -> Result<Option<SecretString>, Error> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let saved: Value = serde_json::from_str(text).unwrap_or_default();
        let owner = saved["client_id"].as_str().unwrap_or(&self.client_id);
        if !owner.eq_ignore_ascii_case(&self.client_id) {
            let cure = format!("use another file for each application: this one is {owner}'s");
            return Err(self.refuse(&cure));
        }
        let token = saved["refresh_token"].as_str().filter(|token| is_refresh_token(token));
        token.map(|token| Some(token.into())).ok_or_else(|| {
            self.refuse("pass the path of a file that holds a refresh token (as JSON), or of none yet")
        })
    }

    /// Replaces the file as a whole: whoever reads it, whenever, finds the old token or the new one.
    fn write(&self, refresh_token: &SecretString) -> io::Result<()> {
        let saved = json!({
            "client_id": self.client_id,
            "refresh_token": refresh_token.expose_secret(),
            "saved_at": chrono::Utc::now().to_rfc3339(),
        });
        let unfinished = self.beside(".new");
        // Left behind by a process that was killed; nobody else writes while we have the lock.
        let _ = fs::remove_file(&unfinished);
        let name = unfinished.file_name().unwrap_or_default();
        // Readable by its owner alone, from the start.
        let mut file = tempfile::Builder::new().prefix(name).rand_bytes(0).tempfile_in(self.directory())?;
        file.write_all(SecretString::from(saved.to_string()).expose_secret().as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        sync_directory(self.directory())
    }

    fn try_lock(&self) -> Result<Option<Lock>, Error> {
        let path = self.beside(".lock");
        let failed =
            |error: io::Error| failed(&format!("{} cannot be locked: {error}", path.display()), UNWRITABLE);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    async fn wait_for_lock(&self) -> Result<Lock, Error> {
        let wait = async {
            loop {
                match self.try_lock()? {
                    Some(lock) => return Ok(lock),
                    None => tokio::time::sleep(LOCK_INTERVAL).await,
                }
            }
        };
        let busy = || {
            let path = self.path.display();
            let message = format!("another process has kept {path} locked for {LOCK_PATIENCE:?}");
            failed(&message, "look for a process that uses the store and hangs, and end it")
        };
        tokio::time::timeout(LOCK_PATIENCE, wait).await.unwrap_or_else(|_| Err(busy()))
    }
}

impl RefreshTokenStore for FileStore {
    fn load(&self) -> CallbackFuture<Option<SecretString>> {
        let store = self.clone();
        Box::pin(async move { off_the_runtime(move || store.read()).await? })
    }

    fn save(&self, refresh_token: SecretString) -> CallbackFuture<()> {
        let store = self.clone();
        Box::pin(async move {
            let path = store.path.display().to_string();
            let written = off_the_runtime(move || store.write(&refresh_token)).await?;
            written.map_err(|error| {
                failed(&format!("the new refresh token cannot be saved in {path}: {error}"), UNWRITABLE)
            })
        })
    }

    fn lock(&self) -> CallbackFuture<Option<Box<dyn Send + Sync>>> {
        let store = self.clone();
        Box::pin(async move { Ok(Some(Box::new(store.wait_for_lock().await?) as Box<dyn Send + Sync>)) })
    }
}

/// The file that `path` means now, whatever the current directory becomes. A link stays a link: what it
/// leads to is replaced, or made.
fn target(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.canonicalize().unwrap_or_else(|_| match (fs::read_link(&path), path.parent()) {
        (Ok(target), Some(directory)) => directory.join(target),
        _ => path,
    })
}

async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|_| failed("the store was interrupted", "try again"))
}

/// What to do about a place that takes nothing.
const UNWRITABLE: &str =
    "give this user room and the right to write in the store's folder, or pass a store elsewhere";

fn failed(message: &str, hint: &str) -> Error {
    let mut error = AuthenticationError::new(message.to_owned(), None);
    error.hint = Some(hint.to_owned());
    Error::Authentication(Box::new(error))
}

#[cfg(unix)]
fn is_open_to_others(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
}

/// Elsewhere a file has the rights of its directory.
#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}

/// Makes a renaming last.
#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}
