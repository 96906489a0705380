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

#[derive(Clone, Default)]
struct Held {
    refresh_token: Option<SecretString>,
    /// Whether it still has to be stored and handed on.
    unsaved: bool,
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
        let held = Mutex::new(Held { refresh_token, unsaved: false });
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
        let turn = Turn { rotation: self, _here: here, _elsewhere: elsewhere };
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
    _here: tokio::sync::MutexGuard<'a, ()>,
    _elsewhere: Option<Box<dyn Send + Sync>>,
}

impl Turn<'_> {
    /// The refresh tokens that may be taken, the likeliest first: the stored one, for another process may
    /// have renewed it, then the one that was passed or came last, for it may be newer than the store.
    pub(super) async fn candidates(&self) -> Result<Vec<SecretString>, Error> {
        let stored = match &self.rotation.store {
            Some(store) => store.load().await?,
            None => None,
        };
        let held = self.rotation.held().refresh_token.clone();
        let mut candidates: Vec<_> = stored.into_iter().chain(held).collect();
        candidates.dedup_by(|next, first| next.expose_secret() == first.expose_secret());
        Ok(candidates)
    }

    /// Takes in what a refresh token (or a sign-in) was exchanged for.
    pub(super) async fn keep(&self, used: Option<SecretString>, answer: Answer) -> Result<Token, Error> {
        let Answer { token, refresh_token } = answer;
        match refresh_token {
            Some(new) => {
                *self.rotation.held() = Held { refresh_token: Some(new), unsaved: true };
                self.save().await?;
            }
            None => self.confirm(used).await?,
        }
        Ok(token)
    }

    /// Takes in that a refresh token stays in force, which the store may not have yet.
    async fn confirm(&self, used: Option<SecretString>) -> Result<(), Error> {
        let (Some(store), Some(used)) = (&self.rotation.store, &used) else {
            self.rotation.held().refresh_token = used;
            return Ok(());
        };
        let stored = store.load().await?;
        if stored.is_none_or(|stored| stored.expose_secret() != used.expose_secret()) {
            store.save(used.clone()).await?;
        }
        self.rotation.held().refresh_token = Some(used.clone());
        Ok(())
    }

    /// Stores a new refresh token, then hands it on.
    async fn save(&self) -> Result<(), Error> {
        let Held { refresh_token: Some(new), unsaved: true } = self.rotation.held().clone() else {
            return Ok(());
        };
        if let Some(store) = &self.rotation.store {
            store.save(new.clone()).await?;
        }
        if let Some(on_rotate) = &self.rotation.on_rotate {
            on_rotate(new).await?;
        }
        self.rotation.held().unsaved = false;
        Ok(())
    }
}

fn checked(text: String) -> Result<SecretString, Error> {
    let refresh_token = SecretString::from(text);
    let text = refresh_token.expose_secret();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let cure = "pass the refresh token alone: visible ASCII without spaces or line ends";
        return Err(Refusal::option("refresh_token", REDACTED, cure));
    }
    Ok(refresh_token)
}
