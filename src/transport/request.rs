//! One logical call.

use std::sync::Arc;

use hyper::Method;
use hyper::header::HeaderMap;
use serde_json::Value;
use uuid::Uuid;

use super::fence::Fence;
use crate::error::Context;
use crate::model::CustomerId;
use crate::observer;

/// One logical call: what to send, however often.
#[derive(Debug, Clone)]
#[expect(clippy::struct_field_names, reason = "`request_id` is the header's name")]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Path and query, from the slash after the host on.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Value>,
    pub(crate) customer_id: Option<CustomerId>,
    pub(crate) request_id: Uuid,
    pub(crate) correlation_id: Uuid,
    /// Until when it may be sent.
    pub(crate) fence: Option<Arc<Fence>>,
}

impl Request {
    pub(crate) fn about(self, customer_id: CustomerId) -> Self {
        Self { customer_id: Some(customer_id), ..self }
    }

    /// Whether sending it twice may do something twice.
    pub(super) fn has_effect(&self) -> bool {
        self.method != Method::GET
    }

    /// For those who are told of it. A query is none of their business: it may have names in it.
    pub(super) fn call(&self) -> observer::Call {
        let Self { request_id, correlation_id, customer_id, .. } = *self;
        let path = self.path.split('?').next().unwrap_or_default().to_owned();
        observer::Call { method: self.method.clone(), path, request_id, correlation_id, customer_id }
    }

    pub(super) fn context(&self, attempts: u32) -> Context {
        let Self { request_id, correlation_id, customer_id, .. } = *self;
        Context { request_id, correlation_id, customer_id, attempts }
    }
}
