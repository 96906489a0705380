//! The token endpoint of one tenant: which request each flow is, and how often it is sent.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use hyper::header::HeaderValue;
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenResponse,
};
use oauth2::{
    AuthType, Client, ClientId, ClientSecret, DeviceAuthorizationResponse, DeviceAuthorizationUrl,
    EndpointNotSet, EndpointSet, ExtraDeviceAuthorizationFields, RefreshToken, Scope, StandardRevocableToken,
    TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::exchange::{Exchange, Failure};
use super::refusal;
use super::{Application, Callback, DeviceCode, Proof, secret};
use crate::auth::Token;
use crate::error::{AuthenticationError, Error, Refusal};
use crate::http::{self, Pool};
use crate::options::Options;
use crate::retry::{self, LONGEST_WAIT};

/// What kind of proof an assertion is.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// No code is for longer; a date that far away still has four digits.
const LONGEST_CODE: Duration = Duration::from_secs(7 * 24 * 3600);

/// The OAuth library's client of an endpoint for tokens and one for device codes.
type OAuth = Client<
    BasicErrorResponse,
    BasicTokenResponse,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// What is given in exchange for a token.
#[derive(Clone, Copy)]
pub(super) enum Grant<'a> {
    ClientCredentials,
    RefreshToken(&'a SecretString),
}

/// What came in exchange.
pub(super) struct Answer {
    /// Or what was wrong with the rest of an answer that has a refresh token.
    pub(super) token: Result<Token, Error>,
    /// A new one, in place of the one that was used.
    pub(super) refresh_token: Option<SecretString>,
}

/// Entra's own sentence about a device code.
#[derive(Debug, Serialize, Deserialize)]
struct Message {
    message: Option<String>,
}

impl ExtraDeviceAuthorizationFields for Message {}

/// The endpoints of a tenant at an authority, as one application uses them.
pub(super) struct Endpoint {
    application: Arc<Application>,
    /// Claims that a service demanded.
    claims: Option<SecretString>,
    pub(super) http: Pool,
    pub(super) user_agent: HeaderValue,
    /// Bounds one attempt.
    pub(super) timeout: Duration,
    pub(super) clock: Clock,
    /// Until when the authority wants to be left alone.
    paused_until: Mutex<Option<Instant>>,
    max_retries: u32,
    address: String,
    token_url: TokenUrl,
    device_url: DeviceAuthorizationUrl,
}

impl Endpoint {
    /// Prepares connections to `address`, the part that the endpoints have in common.
    pub(super) fn open(
        options: &Options,
        address: String,
        application: &Arc<Application>,
        claims: Option<&str>,
    ) -> Result<Self, Error> {
        let refuse = |_| Refusal::option("authority", &address, "pass an absolute URL");
        Ok(Self {
            application: Arc::clone(application),
            claims: claims.map(secret),
            http: Pool::open(options, "authority", &address)?,
            user_agent: http::user_agent(options),
            timeout: options.timeout,
            clock: Clock::default(),
            paused_until: Mutex::default(),
            max_retries: options.max_retries,
            token_url: TokenUrl::new(format!("{address}/token")).map_err(refuse)?,
            device_url: DeviceAuthorizationUrl::new(format!("{address}/devicecode")).map_err(refuse)?,
            address,
        })
    }

    /// Exchanges what the grant says for a token; sent again like any request that met a passing fault.
    pub(super) async fn redeem(&self, grant: Grant<'_>, scope: &str) -> Result<Answer, Error> {
        let (mut retries, mut timed) = (0, false);
        loop {
            self.mind_pause()?;
            let exchange = Exchange::new(self);
            let answer = self.send(&exchange, grant, scope).await?;
            match self.read(answer, &exchange) {
                Ok(answer) => return Ok(answer),
                // By now we know what time it is there.
                Err(failure) if failure.is_about_time() && !timed => timed = true,
                Err(failure) => self.rest_or_give_up(&mut retries, failure).await?,
            }
        }
    }

    async fn send(
        &self,
        exchange: &Exchange<'_>,
        grant: Grant<'_>,
        scope: &str,
    ) -> Result<Result<BasicTokenResponse, Failure>, Error> {
        let oauth = self.oauth();
        let scope = Scope::new(scope.to_owned());
        let extra = self.extra()?;
        let extra = extra.iter().map(|(name, value)| (*name, value.expose_secret()));
        let answer = match grant {
            Grant::ClientCredentials => {
                let request = oauth.exchange_client_credentials().add_scope(scope);
                let request =
                    extra.fold(request, |request, (name, value)| request.add_extra_param(name, value));
                request.request_async(exchange).await
            }
            Grant::RefreshToken(refresh_token) => {
                let refresh_token = RefreshToken::new(refresh_token.expose_secret().to_owned());
                let request = oauth.exchange_refresh_token(&refresh_token).add_scope(scope);
                let request =
                    extra.fold(request, |request, (name, value)| request.add_extra_param(name, value));
                request.request_async(exchange).await
            }
        };
        Ok(answer.map_err(|error| exchange.failure(error)))
    }

    /// Signs a user in on another device. Polls until the user is done, or the code expires.
    pub(super) async fn sign_in(&self, scope: &str, prompt: &Callback<DeviceCode>) -> Result<Answer, Error> {
        let oauth = self.oauth();
        let details = self.device_code(&oauth, scope).await?;
        prompt(told(&details)).await?;
        let exchange = Exchange::new(self);
        let extra = self.extra()?;
        let extra = extra.iter().map(|(name, value)| (*name, value.expose_secret()));
        let request = oauth.exchange_device_access_token(&details);
        let request = extra.fold(request, |request, (name, value)| request.add_extra_param(name, value));
        let answer = request.request_async(&exchange, tokio::time::sleep, None).await;
        self.read(answer.map_err(|error| exchange.failure(error)), &exchange).map_err(Failure::error)
    }

    async fn device_code(
        &self,
        oauth: &OAuth,
        scope: &str,
    ) -> Result<DeviceAuthorizationResponse<Message>, Error> {
        let mut retries = 0;
        loop {
            let exchange = Exchange::new(self);
            self.mind_pause()?;
            let extra = self.extra()?;
            let extra = extra.iter().map(|(name, value)| (*name, value.expose_secret()));
            let request = oauth.exchange_device_code().add_scope(Scope::new(scope.to_owned()));
            let request = extra.fold(request, |request, (name, value)| request.add_extra_param(name, value));
            match request.request_async(&exchange).await {
                Ok(details) => return Ok(details),
                Err(error) => self.rest_or_give_up(&mut retries, exchange.failure(error)).await?,
            }
        }
    }

    fn mind_pause(&self) -> Result<(), Error> {
        let paused_until = *self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        match paused_until.and_then(|end| end.checked_duration_since(Instant::now())) {
            Some(left) if !left.is_zero() => Err(Error::Authentication(Box::new(refusal::turned_away(left)))),
            _ => Ok(()),
        }
    }

    /// Waits for the time to send again, unless that is no use.
    async fn rest_or_give_up(&self, retries: &mut u32, failure: Failure) -> Result<(), Error> {
        if let Some(asked) = failure.outcome.retry_after().filter(|asked| *asked > LONGEST_WAIT) {
            let end = Instant::now().checked_add(asked);
            *self.paused_until.lock().unwrap_or_else(PoisonError::into_inner) = end;
        }
        match retry::wait(*retries, self.max_retries, failure.outcome, fastrand::f64()) {
            Some(wait) => tokio::time::sleep(wait).await,
            None => return Err(failure.error()),
        }
        *retries += 1;
        Ok(())
    }

    fn oauth(&self) -> OAuth {
        let client = Client::new(ClientId::new(self.application.client_id.clone()))
            .set_auth_type(AuthType::RequestBody)
            .set_token_uri(self.token_url.clone())
            .set_device_authorization_url(self.device_url.clone());
        match &self.application.proof {
            Proof::Secret(secret) => {
                client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
            }
            Proof::None | Proof::Certificate(_) => client,
        }
    }

    /// The parameters that the library has no word for.
    fn extra(&self) -> Result<Vec<(&'static str, SecretString)>, Error> {
        let mut extra = Vec::new();
        if let Proof::Certificate(certificate) = &self.application.proof {
            let assertion = certificate.assertion(
                &self.application.client_id,
                self.token_url.as_str(),
                self.clock.now(),
            )?;
            extra.push(("client_assertion_type", secret(ASSERTION_TYPE)));
            extra.push(("client_assertion", assertion));
        }
        extra.extend(self.claims.clone().map(|claims| ("claims", claims)));
        Ok(extra)
    }

    /// Takes what there is: the token, or the refresh token of an answer that has no other use.
    fn read(
        &self,
        answer: Result<BasicTokenResponse, Failure>,
        exchange: &Exchange<'_>,
    ) -> Result<Answer, Failure> {
        let refresh_token = exchange.refresh_token();
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) if refresh_token.is_some() => {
                return Ok(Answer { token: Err(failure.error()), refresh_token });
            }
            Err(failure) => return Err(failure),
        };
        let text = answer.access_token().secret().clone();
        let token = Token::living(text, exchange.sent(), answer.expires_in()).map_err(|_| {
            let message = format!("what {} gave cannot be sent as a token", self.address);
            Error::Authentication(Box::new(AuthenticationError::new(message, None)))
        });
        Ok(Answer { token, refresh_token })
    }

    /// Where requests go, for messages.
    pub(super) fn address(&self) -> &str {
        &self.address
    }
}

fn told(details: &DeviceAuthorizationResponse<Message>) -> DeviceCode {
    let user_code = details.user_code().secret().clone();
    let verification_uri = details.verification_uri().as_str().to_owned();
    let own = || format!("To sign in, open {verification_uri} and enter the code {user_code}");
    let message = details.extra_fields().message.clone().unwrap_or_else(own);
    let now = SystemTime::now();
    let expires_on = now + details.expires_in().min(LONGEST_CODE);
    DeviceCode { user_code, verification_uri, expires_on, message }
}
