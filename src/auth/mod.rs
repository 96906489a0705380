//! Where tokens come from. A credential is anything that implements [`Credential`]; the cache in
//! front of it sees to it that one token serves all calls.

mod cache;
pub(crate) mod claims;
pub mod entra;
mod secret;
mod token;
mod waiters;

use std::future::Future;
use std::pin::Pin;

use crate::error::Error;

pub(crate) use cache::{Bearer, TokenCache};
pub use token::Token;
pub use waiters::Waiters;

/// A token on its way.
pub type TokenFuture = Pin<Box<dyn Future<Output = Result<Token, Error>> + Send>>;

/// A source of access tokens.
pub trait Credential: Send + Sync + 'static {
    /// Fetches a new token for `scope`. It goes on when a caller gives up, for what is exchanged on the
    /// way may be worth keeping; `waiters` tells whether anybody is left.
    fn fetch(&self, scope: &str, waiters: &Waiters) -> TokenFuture;

    /// Whether asking again can give another token.
    fn is_renewable(&self) -> bool {
        true
    }
}

/// One token that the user got elsewhere and that we cannot renew.
#[derive(Debug)]
pub struct StaticToken(Token);

impl StaticToken {
    /// Checks and keeps a token.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`], which does not show the token, when it is no valid header value.
    pub fn new(token: String) -> Result<Self, Error> {
        Token::new(token, None).map(Self)
    }
}

impl From<Token> for StaticToken {
    fn from(token: Token) -> Self {
        Self(token)
    }
}

impl Credential for StaticToken {
    fn fetch(&self, _scope: &str, _waiters: &Waiters) -> TokenFuture {
        let token = self.0.clone();
        Box::pin(async move { Ok(token) })
    }

    fn is_renewable(&self) -> bool {
        false
    }
}
