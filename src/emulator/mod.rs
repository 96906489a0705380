//! An emulator of the Partner Center API for customer qualifications: a partner with customers
//! made from a seed, the rules of requesting and vetting, a virtual clock, a throttle, faults on
//! demand, and a record of everything that came in.
//!
//! It knows nothing of this crate's client and decodes requests with its own code, so that the two
//! ends of the wire keep each other honest. No task runs in the background: what time brings about
//! is worked out when somebody looks.
//!
//! - [`serve`] puts an [`Emulator`] on a socket, [`serve_tls`] under https; the caller brings the
//!   listener and the shutdown.
//! - [`Emulator`] is the handle: its levers change the course of things ([`Emulator::advance`],
//!   [`Emulator::decide`], [`Emulator::inject`], [`Emulator::reset`]), its witnesses tell what
//!   happened ([`Emulator::journal`], [`Emulator::effects`]).
//!
//! ```
//! use partnercenter_qual::emulator::{Config, Emulator, serve};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let emulator = Emulator::new(Config { customers: 3.into(), seed: 42, ..Config::default() });
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
//! let server = tokio::spawn(serve(emulator.clone(), listener, async { stopped.await.unwrap_or(()) }));
//! assert_eq!(emulator.customer_ids().len(), 3);
//! drop(stop);
//! server.await?
//! # }
//! ```

mod admin;
mod answered;
mod api;
mod clock;
mod config;
mod customers_view;
mod entra;
mod error;
mod exchange;
mod faults;
mod id;
mod journal;
mod json;
mod model;
mod numeric_date;
mod posts;
mod request;
mod seed;
mod seeding;
mod server;
mod snapshot;
mod state;
mod text;
mod throttle;
mod tls;
mod token;
mod vetting;
mod wire;
mod wire_date;
mod wire_switches;
mod witnesses;

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::HeaderValue;
use uuid::Uuid;

pub use config::Config;
pub use customers_view::{CustomerPage, CustomerView};
pub use error::InvalidArgument;
pub use faults::{Fault, FaultRule, RetryAfter};
pub use journal::{Effect, JOURNAL_CAPACITY, JournalEntry, Query};
pub use json::read;
pub use model::{QualificationType, VettingStatus};
pub use seeding::{CustomerQualification, CustomerSeed, Customers, Mix};
pub use server::serve;
pub use snapshot::Snapshot;
pub use throttle::Throttle;
pub use tls::{Tls, serve_tls};
pub use token::{AUDIENCE, AUDIENCE_CHINA, TokenOptions};
pub use vetting::{Outcomes, Vetting, VettingRule};
pub use wire_switches::{
    Created, DateMember, Dates, ErrorCode, Members, Names, NextLink, NoneBody, Qualifications, Wire,
};
pub use witnesses::{Check, Checks};

use entra::Load;
use request::HttpRequest;
use state::{Outcome, State};
use token::Version;
use wire::ServerNames;

/// A handle on an emulator; clones are handles on the same one.
#[derive(Debug, Clone)]
pub struct Emulator(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    names: ServerNames,
    load: Load,
    state: Mutex<State>,
}

impl Emulator {
    /// A new emulator, on no socket yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self(Arc::new(Shared {
            names: ServerNames::new(config.seed),
            load: Load::default(),
            state: Mutex::new(State::new(config)),
        }))
    }

    /// A token for the API.
    #[must_use]
    pub fn access_token(&self, options: &TokenOptions) -> String {
        let mut state = self.state();
        let now = state.clock.now();
        state.issuer.issue(options, Version::V1, now)
    }

    /// The customers, in the order of their list.
    #[must_use]
    pub fn customer_ids(&self) -> Vec<Uuid> {
        self.state().customers.ids()
    }

    /// Back to the seeded start: qualifications, counters, faults, records, clock and windows, refresh
    /// tokens and device codes. Only registered certificates stay: they belong to the application.
    pub fn reset(&self) {
        let config = self.config();
        self.start_over(config);
    }

    /// The start of an emulator with other settings, on the same socket.
    ///
    /// # Errors
    /// [`InvalidArgument`] for settings that no emulator can be made from; nothing was changed.
    pub fn reset_to(&self, config: Config) -> Result<(), InvalidArgument> {
        config.check()?;
        self.start_over(config);
        Ok(())
    }

    /// The new state is made, and the old one dropped, while others are served: either can be large.
    fn start_over(&self, config: Config) {
        self.load().forget();
        let salt = self.state().issuer.salt();
        let mut new = State::salted(config, salt);
        let mut state = self.state();
        new.entra = state.entra.lasting();
        let old = mem::replace(&mut *state, new);
        drop(state);
        drop(old);
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> Config {
        self.state().config.clone()
    }

    /// The last requests, oldest first: as many as [`Config::journal_size`] says.
    #[must_use]
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.state().journal.to_vec()
    }

    /// Every request for a qualification that took effect, oldest first.
    #[must_use]
    pub fn effects(&self) -> Vec<Effect> {
        self.state().effects.clone()
    }

    fn exchange(&self, request: &HttpRequest) -> Outcome {
        self.state().exchange(request)
    }

    fn announce(&self, wait: &HeaderValue, binds: Option<Uuid>, request_id: &HeaderValue) {
        self.state().announce(wait, binds, request_id);
    }

    fn load(&self) -> &Load {
        &self.0.load
    }

    fn server_names(&self) -> &ServerNames {
        &self.0.names
    }

    /// A panic elsewhere must not take the emulator's witnesses with it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
