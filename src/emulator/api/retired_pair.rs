//! `GET` and `PUT customers/{id}/qualification`, retired in 2021: one qualification as a bare JSON
//! string, asked for with a bare integer or string.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};

use super::super::model::VettingStatus;
use super::super::request::HttpRequest;
use super::super::state::State;
use super::super::wire::{Answer, Reply};
use super::super::wire_switches::Names;
use super::qualification_body::{NONE, name};
use super::refusals;
use super::route::CustomerId;
use super::wanted::Wanted;

impl State {
    /// What the customer has or waits for: the pair is older than vetting and has no word for a status.
    pub(in crate::emulator) fn get_qualification(&mut self, id: CustomerId, now: DateTime<Utc>) -> Answer {
        let mut held = self.customers.find(id)?.read(now).iter();
        let shown = held.find(|held| held.vetting_status != Some(VettingStatus::Denied));
        Ok(Reply::json(StatusCode::OK, shown.map_or(NONE, |held| name(held.kind, Names::Squashed))))
    }

    /// The rules are those of [`request_qualification`](Self::request_qualification); all that breaks
    /// one is refused with the same bare string.
    pub(in crate::emulator) fn put_qualification(
        &mut self,
        request: &HttpRequest,
        id: CustomerId,
        now: DateTime<Utc>,
    ) -> Answer {
        self.customers.find(id)?;
        let wanted = Wanted::of_bare(request)?;
        let granted = self.grant(request, id, &wanted, now).map_err(|_| refusals::tagging_denied())?;
        Ok(Reply::json(StatusCode::OK, name(granted.kind, Names::Squashed)))
    }
}
