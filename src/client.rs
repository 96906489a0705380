//! The operations of the API: path and body of each, nothing of how they are sent.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Timelike, Utc};
use hyper::header::HeaderValue;
use serde_json::Value;
use tokio::time::Instant;
use uuid::Uuid;

use crate::auth::claims::Claims;
use crate::auth::entra::EntraCredential;
use crate::auth::{Credential, Token, TokenCache};
use crate::error::{Context, Error};
use crate::model::json::{self, Unreadable};
use crate::model::page::Page;
use crate::model::{
    self, AuditRecord, Customer, CustomerId, Qualification, QualificationRequest, QualificationType,
    Undecodable, ValidationCode, VettingStatus,
};
use crate::observer::Observer;
use crate::options::Options;
use crate::pages::Pages;
use crate::query::{AuditQuery, CustomerQuery};
use crate::transport::{Fence, Head, Reply, Transport};

/// A client of the Partner Center API. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Client {
    transport: Arc<Transport>,
}

impl Client {
    /// Makes a client. Nothing is sent.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the options do not make a connection.
    pub fn new(credential: Arc<dyn Credential>, options: Options) -> Result<Self, Error> {
        let tokens = Arc::new(TokenCache::new(credential, options.cloud.scope()));
        Ok(Self { transport: Arc::new(Transport::new(tokens, options)?) })
    }

    /// Makes a client that shares its tokens with all others of the credential. Nothing is sent.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the options do not make a connection.
    pub fn with_entra(credential: &EntraCredential, options: Options) -> Result<Self, Error> {
        let tokens = credential.tokens(&options)?;
        Ok(Self { transport: Arc::new(Transport::new(tokens, options)?) })
    }

    /// A client with other options that shares token and throttle, and the connections unless the
    /// change is about them. Its `max_concurrency` and its parent's both hold.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the options do not make a connection.
    pub fn with_options(&self, options: Options) -> Result<Self, Error> {
        Ok(Self { transport: Arc::new(self.transport.derive(options)?) })
    }

    /// The same client, of whose requests `observer` takes note.
    #[must_use]
    pub fn observed(&self, observer: Arc<Observer>) -> Self {
        Self { transport: Arc::new(self.transport.observed(observer)) }
    }

    /// The options in force.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.transport.options
    }

    /// The partner's tenant, as the token that calls go out with names it.
    pub(crate) async fn tenant_id(&self) -> Result<Option<String>, Error> {
        let token = self.token().await?;
        Ok(Claims::read(token.expose()).and_then(|claims| claims.tenant_id))
    }

    /// The token that calls go out with.
    pub(crate) async fn token(&self) -> Result<Token, Error> {
        Ok(self.transport.bearer().await?.token)
    }

    /// Whether a token that expires, or is refused, can be replaced.
    pub(crate) fn can_renew(&self) -> bool {
        self.transport.can_renew()
    }

    /// How long the service still wants to be left alone.
    #[must_use]
    pub fn paused_for(&self) -> Option<Duration> {
        self.transport.paused_for()
    }

    /// `GET customers/{id}/qualifications`: empty when the customer has none.
    pub async fn get_qualifications(&self, customer_id: CustomerId) -> Result<Vec<Qualification>, Error> {
        Ok(self.read_qualifications(customer_id).await?.value)
    }

    /// The same, with the ids of the call.
    pub(crate) async fn read_qualifications(
        &self,
        customer_id: CustomerId,
    ) -> Result<Reply<Vec<Qualification>>, Error> {
        let request = self.transport.get(qualifications(customer_id)).about(customer_id);
        self.transport.send(request, or_none(model::qualification::decode)).await
    }

    /// The same, or the ids of the call, and its last failure, when there is no answer at `end`.
    pub(crate) async fn read_qualifications_until(
        &self,
        customer_id: CustomerId,
        end: Instant,
    ) -> Result<Result<Reply<Vec<Qualification>>, Error>, (Context, Option<Error>)> {
        let request = self.transport.get(qualifications(customer_id)).about(customer_id);
        self.transport.send_until(request, or_none(model::qualification::decode), end).await
    }

    /// `POST customers/{id}/qualifications`: asks for a qualification. An answer that got lost is looked
    /// for in what the customer has before anything is sent again, and then with the same `MS-RequestId`.
    pub async fn update_qualification(
        &self,
        customer_id: CustomerId,
        wanted: &QualificationRequest,
        request_id: Option<Uuid>,
    ) -> Result<Qualification, Error> {
        let ids = (request_id.unwrap_or_else(|| self.draw_id()), self.draw_id());
        Ok(self.request_qualification(customer_id, wanted, ids, None).await?.value)
    }

    /// An id for a request that is yet to be sent.
    pub(crate) fn draw_id(&self) -> Uuid {
        self.transport.draw_id()
    }

    /// The same, under these ids of request and correlation; not sent, nor sent again, once `fence` is over.
    pub(crate) async fn request_qualification(
        &self,
        customer_id: CustomerId,
        wanted: &QualificationRequest,
        (request_id, correlation_id): (Uuid, Uuid),
        fence: Option<Arc<Fence>>,
    ) -> Result<Reply<Qualification>, Error> {
        let mut request =
            self.transport.post(qualifications(customer_id), wanted.to_value()).about(customer_id);
        (request.request_id, request.correlation_id) = (request_id, correlation_id);
        request.fence = fence;
        let decode = |body: Option<&[u8]>| {
            model::decode(required(body)?, |value| {
                model::qualification::requested(value, wanted.qualification())
            })
        };
        let look =
            |first_sent| self.look_for(customer_id, wanted.qualification(), correlation_id, first_sent);
        self.transport.send_or_look(request, decode, look).await
    }

    /// Looks whether a request whose answer got lost took effect.
    pub(crate) async fn look_for(
        &self,
        customer_id: CustomerId,
        wanted: &QualificationType,
        correlation_id: Uuid,
        first_sent: DateTime<Utc>,
    ) -> Result<Option<Qualification>, Error> {
        let mut request = self.transport.get(qualifications(customer_id)).about(customer_id);
        request.correlation_id = correlation_id;
        let decode = or_none(model::qualification::decode);
        let (found, head) = self.transport.send_for_head(request, decode).await;
        // Known to the second only: a smaller offset may be none.
        let ahead = head.clock_offset().unwrap_or_default();
        let offset = if ahead.abs() < TimeDelta::seconds(2) { TimeDelta::zero() } else { ahead };
        let first_sent = first_sent + offset - TimeDelta::seconds(i64::from(!offset.is_zero()));
        let is_it = |item: &Qualification| item.qualification == *wanted && is_answer(item, first_sent);
        Ok(found?.into_iter().find(is_it))
    }

    /// `GET customers/all/validations`: the codes for the Government Community Cloud.
    pub async fn list_validation_codes(&self) -> Result<Vec<ValidationCode>, Error> {
        let request = self.transport.get("/v1/customers/all/validations".to_owned());
        Ok(self.transport.send(request, or_none(model::validation_code::decode)).await?.value)
    }

    /// `GET customers/{id}`.
    pub async fn get_customer(&self, customer_id: CustomerId) -> Result<Customer, Error> {
        let request = self.transport.get(format!("/v1/customers/{customer_id}")).about(customer_id);
        let decode = |body: Option<&[u8]>| model::decode(required(body)?, Customer::from_value);
        Ok(self.transport.send(request, decode).await?.value)
    }

    /// `GET customers` for a single one, with `ValidateMfa`: harmless, and open to every kind of token.
    pub(crate) async fn probe(&self) -> (Result<Option<Value>, Error>, Head) {
        let mut request = self.transport.get("/v1/customers?size=1".to_owned());
        request.headers.insert("ValidateMfa", HeaderValue::from_static("true"));
        let decode = |body: Option<&[u8]>| {
            let value = body.map(json::parse).transpose()?;
            value.iter().try_for_each(|value| Page::from_value(value.clone(), Ok).map(drop))?;
            Ok(value)
        };
        self.transport.send_for_head(request, decode).await
    }

    /// `GET customers`, page by page.
    #[must_use]
    pub fn list_customers(&self, query: &CustomerQuery) -> Pages<Customer> {
        Pages::new(Arc::clone(&self.transport), query.path(), Customer::page)
    }

    /// `GET auditrecords`, page by page.
    #[must_use]
    pub fn list_audit_records(&self, query: &AuditQuery) -> Pages<AuditRecord> {
        Pages::new(Arc::clone(&self.transport), query.path(), AuditRecord::page)
    }
}

fn qualifications(customer_id: CustomerId) -> String {
    format!("/v1/customers/{customer_id}/qualifications")
}

/// Whether what a customer has can be the answer to a request first sent at `first_sent`, by the
/// service's clock: a denial from before is not, for it may be the very reason to ask again.
fn is_answer(found: &Qualification, first_sent: DateTime<Utc>) -> bool {
    let since = |created: DateTime<Utc>| {
        let whole_seconds = created.nanosecond() == 0; // then it may have been cut to that
        created >= if whole_seconds { first_sent.trunc_subsecs(0) } else { first_sent }
    };
    found.vetting_status != Some(VettingStatus::Denied) || found.vetting_created_date.is_some_and(since)
}

/// A 204 is an empty list.
fn or_none<T>(
    decode: impl Fn(&[u8]) -> Result<Vec<T>, Unreadable>,
) -> impl Fn(Option<&[u8]>) -> Result<Vec<T>, Unreadable> {
    move |body| body.map_or_else(|| Ok(Vec::new()), &decode)
}

fn required(body: Option<&[u8]>) -> Result<&[u8], Undecodable> {
    body.ok_or_else(|| Undecodable("the answer has no body".to_owned()))
}
