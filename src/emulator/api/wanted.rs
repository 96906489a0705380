//! What a request for a qualification asks for, checked as far as that is possible without knowing the
//! customer.

use serde_json::Value;

use super::super::model::{QualificationType, same_name};
use super::super::request::HttpRequest;
use super::super::wire::Reply;
use super::refusals;

#[derive(Debug)]
pub(in crate::emulator) struct Wanted {
    pub(in crate::emulator) qualification: QualificationType,
    pub(in crate::emulator) validation_code: Option<String>,
}

impl Wanted {
    /// The request object that has been in use since 2022.
    pub(in crate::emulator) fn of(request: &HttpRequest) -> Result<Self, Reply> {
        let members = request.members()?;
        let name = members
            .text("qualification")?
            .ok_or_else(|| refusals::invalid_property("qualification: required"))?;
        let qualification = requestable(&name)?;
        let segment = members.text("educationSegment")?;
        members.text("website")?;
        if qualification == QualificationType::Education {
            check_segment(segment.as_deref())?;
        }
        let body_code = members.text("validationCode")?.map(String::from);
        Self::new(request, qualification, body_code)
    }

    /// The bare integer or string of the retired pair.
    pub(in crate::emulator) fn of_bare(request: &HttpRequest) -> Result<Self, Reply> {
        let name = match serde_json::from_slice(request.json_body()) {
            Ok(Value::String(name)) => name,
            Ok(Value::Number(number)) => number.to_string(),
            _ => return Err(refusals::invalid_input()),
        };
        Self::new(request, requestable(&name)?, None)
    }

    /// The query is where the code stood before 2022.
    fn new(
        request: &HttpRequest,
        qualification: QualificationType,
        body_code: Option<String>,
    ) -> Result<Self, Reply> {
        let validation_code = body_code.or_else(|| request.query("code"));
        if qualification == QualificationType::GovernmentCommunityCloud && validation_code.is_none() {
            let data = "validationCode: required with GovernmentCommunityCloud";
            return Err(refusals::invalid_property(data));
        }
        Ok(Self { qualification, validation_code })
    }
}

fn requestable(name: &str) -> Result<QualificationType, Reply> {
    match name.parse() {
        Ok(QualificationType::Nonprofit) | Err(_) => {
            Err(refusals::not_in_enum(&format!("qualification: {name}")))
        }
        Ok(qualification) => Ok(qualification),
    }
}

fn check_segment(segment: Option<&str>) -> Result<(), Reply> {
    match segment {
        None => Err(refusals::invalid_property("educationSegment: required with Education")),
        Some(segment) if ["K12", "HigherEducation"].iter().any(|name| same_name(segment, name)) => Ok(()),
        Some(segment) => Err(refusals::not_in_enum(&format!("educationSegment: {segment}"))),
    }
}
