//! What a test can do to Entra, and learn of it.

use secrecy::SecretString;
use uuid::Uuid;

use super::super::Emulator;
use super::super::error::InvalidArgument;
use super::super::token::AUDIENCE;
use super::device_codes::Decision;

impl Emulator {
    /// The partner's tenant.
    #[must_use]
    pub fn tenant_id(&self) -> Uuid {
        self.state().partner.tenant_id
    }

    /// The partner's application.
    #[must_use]
    pub fn client_id(&self) -> Uuid {
        self.state().partner.application_id
    }

    /// The application's secret.
    #[must_use]
    pub fn client_secret(&self) -> SecretString {
        self.state().partner.client_secret.clone()
    }

    /// Signs a user in, with multifactor authentication or without, and gives the refresh token.
    #[must_use]
    pub fn issue_refresh_token(&self, mfa: bool) -> SecretString {
        let mut state = self.state();
        let now = state.clock.now();
        state.entra.refresh_tokens.start(AUDIENCE, mfa, now).as_str().into()
    }

    /// Enters the code that a device shows, as a user who signs in.
    ///
    /// # Errors
    /// [`InvalidArgument`] where no device waits for this code.
    pub fn approve_device_code(&self, user_code: &str, mfa: bool) -> Result<(), InvalidArgument> {
        self.decide_device_code(user_code, Decision::Approved { mfa })
    }

    /// Enters the code that a device shows, as a user who declines.
    ///
    /// # Errors
    /// [`InvalidArgument`] where no device waits for this code.
    pub fn decline_device_code(&self, user_code: &str) -> Result<(), InvalidArgument> {
        self.decide_device_code(user_code, Decision::Declined)
    }

    fn decide_device_code(&self, user_code: &str, decision: Decision) -> Result<(), InvalidArgument> {
        let mut state = self.state();
        let now = state.clock.now();
        state.entra.device_codes.decide(user_code, decision, now).ok_or_else(|| {
            InvalidArgument::new("user_code", user_code, "pass the user_code that a device is waiting for")
        })
    }

    /// Registers a certificate for the application: X.509 with an RSA key, as DER or PEM. Assertions
    /// signed with its key are accepted from now on, also after a reset.
    ///
    /// # Errors
    /// [`InvalidArgument`] where it is no such certificate.
    pub fn register_certificate(&self, certificate: &[u8]) -> Result<(), InvalidArgument> {
        self.state().entra.certificates.register(certificate).ok_or_else(|| {
            let given = format!("{} bytes", certificate.len());
            InvalidArgument::new(
                "certificate",
                &given,
                "pass an X.509 certificate with an RSA key, PEM or DER",
            )
        })
    }

    /// The most token requests that ever were between their arrival and their answer at once. How
    /// many there were, the journal tells.
    #[must_use]
    pub fn most_token_requests_at_once(&self) -> usize {
        self.load().most()
    }
}
