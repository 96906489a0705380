//! The `filter` of a list.

use super::super::request::{HttpRequest, Members};
use super::super::wire::Reply;
use super::refusals;

/// One field, one value, one operator, as JSON in the query.
#[derive(Debug)]
pub(in crate::emulator) struct Filter {
    pub(in crate::emulator) field: String,
    pub(in crate::emulator) value: String,
    pub(in crate::emulator) operator: String,
}

impl Filter {
    pub(in crate::emulator) fn of(request: &HttpRequest) -> Result<Option<Self>, Reply> {
        let Some(json) = request.query("filter") else {
            return Ok(None);
        };
        let members = Members::parse(json.as_bytes())
            .ok_or_else(|| refusals::invalid_property("filter: not a JSON object"))?;
        let text = |name| Ok(members.text(name)?.unwrap_or_default().into_owned());
        Ok(Some(Self { field: text("Field")?, value: text("Value")?, operator: text("Operator")? }))
    }
}
