//! The refresh token and what becomes of a new one: it is handed on and stored before the old one is
//! forgotten, so that whenever the process ends, a token that works is left.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret, SecretString};

use super::endpoint::Answer;
use super::{Callback, CallbackFuture};
use crate::auth::Token;
use crate::error::{Error, REDACTED, Refusal};

/// Where a refresh token is kept.
pub trait RefreshTokenStore: Send + Sync + 'static {
    /// The refresh token that was saved last.
    fn load(&self) -> CallbackFuture<Option<SecretString>>;

    /// Keeps a refresh token in place of the one before; if it cannot, that one must stay.
    fn save(&self, refresh_token: SecretString) -> CallbackFuture<()>;

    /// Keeps other processes from using the store until the result is dropped.
    fn lock(&self) -> CallbackFuture<Option<Box<dyn Send + Sync>>> {
        Box::pin(async { Ok(None) })
    }
}

/// A refresh token that changes, its store, and whoever wants to be told of a new one.
pub struct Rotation {
    held: Mutex<Held>,
    store: Option<Arc<dyn RefreshTokenStore>>,
    on_rotate: Option<Callback<SecretString>>,
    /// Held from the load of a refresh token until the next one is stored.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct Held {
    refresh_token: Option<SecretString>,
    /// It is new, and still has to be stored and handed on.
    pending: Option<Pending>,
}

#[derive(Clone)]
struct Pending {
    /// What was stored when it came.
    replaces: Option<SecretString>,
}

impl Rotation {
    /// Checks and keeps a first refresh token, if there is one.
    ///
    /// # Errors
    /// [`Error::Configuration`], which does not show it, when it cannot be a refresh token.
    pub fn new(
        refresh_token: Option<String>,
        store: Option<Arc<dyn RefreshTokenStore>>,
        on_rotate: Option<Callback<SecretString>>,
    ) -> Result<Self, Error> {
        let refresh_token = refresh_token.map(checked).transpose()?;
        let held = Mutex::new(Held { refresh_token, pending: None });
        Ok(Self { held, store, on_rotate, turn: tokio::sync::Mutex::default() })
    }

    pub(super) fn after_fork(&self) -> Self {
        Self {
            held: Mutex::new(self.held().clone()),
            store: self.store.clone(),
            on_rotate: self.on_rotate.clone(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Waits until nobody else uses the refresh token, here or in another process.
    pub(super) async fn take_turn(&self) -> Result<Turn<'_>, Error> {
        let here = self.turn.lock().await;
        let elsewhere = match &self.store {
            Some(store) => store.lock().await?,
            None => None,
        };
        let stored = match &self.store {
            Some(store) => store.load().await?,
            None => None,
        };
        let mut turn = Turn { rotation: self, stored, _here: here, _elsewhere: elsewhere };
        turn.save().await?; // what could not be saved the last time
        Ok(turn)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to use the refresh token.
pub(super) struct Turn<'a> {
    rotation: &'a Rotation,
    stored: Option<SecretString>,
    _here: tokio::sync::MutexGuard<'a, ()>,
    _elsewhere: Option<Box<dyn Send + Sync>>,
}

impl Turn<'_> {
    /// The refresh tokens that may be taken, the likeliest first: the stored one, for another process may
    /// have renewed it, then the one that was passed or came last, for it may be newer than the store.
    pub(super) fn candidates(&self) -> Vec<SecretString> {
        let held = self.rotation.held().refresh_token.clone();
        let held = held.filter(|held| !same(Some(held), self.stored.as_ref()));
        self.stored.iter().cloned().chain(held).collect()
    }

    /// Takes in what a refresh token (or a sign-in) was exchanged for.
    pub(super) async fn keep(&mut self, used: Option<SecretString>, answer: Answer) -> Result<Token, Error> {
        let Answer { token, refresh_token } = answer;
        match refresh_token.filter(|new| !same(used.as_ref(), Some(new))) {
            Some(new) => {
                let pending = Some(Pending { replaces: self.stored.clone() });
                *self.rotation.held() = Held { refresh_token: Some(new), pending };
                self.save().await?;
            }
            None => self.confirm(used).await?,
        }
        token
    }

    /// Takes in that a refresh token stays in force, which the store may not have yet.
    async fn confirm(&mut self, used: Option<SecretString>) -> Result<(), Error> {
        if let Some(used) = &used {
            self.store(used).await?;
        }
        self.rotation.held().refresh_token = used;
        Ok(())
    }

    /// Stores a new refresh token, then hands it on; unless others have stored one meanwhile.
    async fn save(&mut self) -> Result<(), Error> {
        let Held { refresh_token: Some(new), pending: Some(pending) } = self.rotation.held().clone() else {
            return Ok(());
        };
        let stored = self.stored.as_ref();
        if same(stored, pending.replaces.as_ref()) || same(stored, Some(&new)) {
            self.store(&new).await?;
            if let Some(on_rotate) = &self.rotation.on_rotate {
                on_rotate(new).await?;
            }
        }
        self.rotation.held().pending = None;
        Ok(())
    }

    async fn store(&mut self, refresh_token: &SecretString) -> Result<(), Error> {
        if let Some(store) = &self.rotation.store
            && !same(self.stored.as_ref(), Some(refresh_token))
        {
            store.save(refresh_token.clone()).await?;
            self.stored = Some(refresh_token.clone());
        }
        Ok(())
    }
}

fn same(left: Option<&SecretString>, right: Option<&SecretString>) -> bool {
    left.map(ExposeSecret::expose_secret) == right.map(ExposeSecret::expose_secret)
}

fn checked(text: String) -> Result<SecretString, Error> {
    let refresh_token = SecretString::from(text);
    if !is_refresh_token(refresh_token.expose_secret()) {
        let cure = "pass the refresh token alone: visible ASCII without spaces or line ends";
        return Err(Refusal::option("refresh_token", REDACTED, cure));
    }
    Ok(refresh_token)
}

/// Whether a text can be sent and stored as a refresh token.
pub(super) fn is_refresh_token(text: &str) -> bool {
    const LONGEST: usize = 32 * 1024;
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
