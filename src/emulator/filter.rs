//! The `filter` of a list.

use super::refusals;
use super::request::{HttpRequest, Members};
use super::wire::Reply;

/// One field, one value, one operator, as JSON in the query.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) field: String,
    pub(super) value: String,
    pub(super) operator: String,
}

impl Filter {
    pub(super) fn of(request: &HttpRequest) -> Result<Option<Self>, Reply> {
        let Some(json) = request.query("filter") else {
            return Ok(None);
        };
        let members = Members::parse(json.as_bytes())
            .ok_or_else(|| refusals::invalid_property("filter: not a JSON object"))?;
        let text = |name| Ok(members.text(name)?.unwrap_or_default().into_owned());
        Ok(Some(Self { field: text("Field")?, value: text("Value")?, operator: text("Operator")? }))
    }
}
