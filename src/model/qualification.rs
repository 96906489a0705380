//! Qualifications and what it takes to ask for one. Wire names of GET and POST
//! `customers/{id}/qualifications`.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::json::{Members, Unreadable};
use super::open_enum::open_enum;
use super::{Undecodable, date, strict};
use crate::error::{Error, Refusal};

open_enum! {
    /// What a customer may be qualified as.
    QualificationType {
        /// No qualification.
        None = "None",
        /// Education: vetted.
        Education = "Education",
        /// Nonprofit: obtained outside this API, readable in it.
        Nonprofit = "Nonprofit",
        /// US Government Community Cloud: needs a validation code.
        GovernmentCommunityCloud = "GovernmentCommunityCloud",
        /// State owned entity: not vetted.
        StateOwnedEntity = "StateOwnedEntity",
    }
}

open_enum! {
    /// How far vetting has come.
    VettingStatus {
        /// Microsoft is looking.
        InReview = "InReview",
        /// Granted.
        Approved = "Approved",
        /// Refused; the reason is in `vetting_reason`.
        Denied = "Denied",
    }
}

open_enum! {
    /// The kind of school.
    EducationSegment {
        /// Primary and secondary education.
        K12 = "K12",
        /// Colleges and universities.
        HigherEducation = "HigherEducation",
    }
}

impl QualificationType {
    /// The documented integer of a value is its place here.
    fn from_integer(integer: i64) -> Option<Self> {
        let wire = Self::KNOWN.get(usize::try_from(integer).ok()?)?;
        Some(Self::from_wire(wire))
    }

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::from_wire(text)),
            Value::Number(number) if !number.is_f64() => {
                let known = number.as_i64().and_then(Self::from_integer);
                Some(known.unwrap_or_else(|| Self::Unknown(number.to_string())))
            }
            _ => None,
        }
    }
}

/// One qualification of a customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Qualification {
    /// Which one.
    pub qualification: QualificationType,
    /// Absent for kinds that are not vetted.
    pub vetting_status: Option<VettingStatus>,
    /// Why it was denied.
    pub vetting_reason: Option<String>,
    /// When vetting was asked for, UTC, in microseconds.
    pub vetting_created_date: Option<DateTime<Utc>>,
    /// Members that no document lists, and a date that cannot be read without guessing.
    pub extra: Map<String, Value>,
}

impl Qualification {
    /// Reads one object of a qualifications answer.
    pub(crate) fn from_value(value: Value) -> Result<Self, Undecodable> {
        let Value::Object(object) = value else {
            return Err(Undecodable::expected("a qualification object", &value));
        };
        let mut members = Members::new(object);
        let qualification = members
            .take("qualification", QualificationType::from_value)
            .ok_or_else(|| Undecodable::missing("qualification"))?;
        let created = members.take("vettingCreateDate", read_date);
        let also_created = members.take("vettingCreatedDate", read_date);
        Ok(Self {
            qualification,
            vetting_status: members.text("vettingStatus").map(|text| VettingStatus::from_wire(&text)),
            vetting_reason: members.text("vettingReason"),
            vetting_created_date: created.or(also_created),
            extra: members.rest(),
        })
    }

    /// The object as an answer has it, its date in one form.
    pub(crate) fn to_value(&self) -> Value {
        let mut object = self.extra.clone();
        let date = self.vetting_created_date.map(|date| date.to_rfc3339_opts(SecondsFormat::Micros, true));
        for (name, value) in [
            ("qualification", Some(self.qualification.as_str())),
            ("vettingStatus", self.vetting_status.as_ref().map(VettingStatus::as_str)),
            ("vettingReason", self.vetting_reason.as_deref()),
            ("vettingCreateDate", date.as_deref()),
        ] {
            if let Some(value) = value {
                object.insert(name.to_owned(), value.into());
            }
        }
        Value::Object(object)
    }

    /// Whether it was refused, and may be asked for again.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.vetting_status == Some(VettingStatus::Denied)
    }

    /// Whether vetting still goes on.
    #[must_use]
    pub fn is_in_review(&self) -> bool {
        self.vetting_status == Some(VettingStatus::InReview)
    }
}

fn read_date(value: &Value) -> Option<DateTime<Utc>> {
    date::parse(value.as_str()?)
}

/// Reads the qualifications of a customer from the body of an answer.
pub(crate) fn decode(body: &[u8]) -> Result<Vec<Qualification>, Unreadable> {
    strict::qualifications(body).map_or_else(|| super::decode(body, list), Ok)
}

/// Reads the qualifications of a customer from any shape the documents give: a bare array, the
/// wrappers `qualifications` and `items`, or one object. `None` entries say that there is none.
pub(super) fn list(value: Value) -> Result<Vec<Qualification>, Undecodable> {
    let items = match value {
        Value::Array(items) => items,
        Value::Object(object) => unwrap(object)?,
        other => {
            return Err(Undecodable::expected("an array or an object of qualifications", &other));
        }
    };
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        let qualification = Qualification::from_value(item)?;
        if qualification.qualification != QualificationType::None {
            found.push(qualification);
        }
    }
    Ok(found)
}

fn unwrap(object: Map<String, Value>) -> Result<Vec<Value>, Undecodable> {
    if has(&object, "qualification") {
        return Ok(vec![Value::Object(object)]);
    }
    let Some(wrapper) = ["qualifications", "items"].into_iter().find(|name| has(&object, name)) else {
        return Err(Undecodable::missing("qualification"));
    };
    super::items(&mut Members::new(object), wrapper)
}

fn has(object: &Map<String, Value>, name: &str) -> bool {
    object.keys().any(|key| key.eq_ignore_ascii_case(name))
}

/// Reads the answer to a request for `wanted`. One object is that answer, whatever it says; in a list,
/// which may be all that the customer has, it is the one of the kind.
pub(crate) fn requested(value: Value, wanted: &QualificationType) -> Result<Qualification, Undecodable> {
    let lone = value.as_object().is_some_and(|object| has(object, "qualification"));
    let mut found = list(value)?;
    let place = found.iter().position(|item| lone || item.qualification == *wanted);
    let place = place.ok_or_else(|| Undecodable::missing(wanted.as_str()))?;
    Ok(found.swap_remove(place))
}

/// What to ask for: the body of a POST. Made by [`QualificationRequest::new`], which refuses what the
/// service would refuse after a round trip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualificationRequest {
    qualification: QualificationType,
    education_segment: Option<EducationSegment>,
    website: Option<String>,
    validation_code: Option<String>,
}

impl QualificationRequest {
    /// Checks and makes a request.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] naming the field, when the qualification cannot be asked for, when
    /// Education lacks its segment or GCC its validation code, or when a detail belongs to another kind.
    pub fn new(
        qualification: &str,
        education_segment: Option<&str>,
        website: Option<&str>,
        validation_code: Option<&str>,
    ) -> Result<Self, Error> {
        let checked = Self::check(qualification, education_segment, website, validation_code);
        checked.map_err(|mut problems| problems.swap_remove(0))
    }

    /// The same, with all that is wrong: at least one problem.
    pub(crate) fn check(
        qualification: &str,
        education_segment: Option<&str>,
        website: Option<&str>,
        validation_code: Option<&str>,
    ) -> Result<Self, Vec<Error>> {
        let mut problems = Vec::new();
        let qualification = settable(qualification).map_err(|error| problems.push(error)).ok();
        let request = Self {
            qualification: qualification.clone().unwrap_or(QualificationType::None),
            education_segment: taken(education_segment.map(segment), &mut problems),
            website: taken(website.map(|text| filled("website", text)), &mut problems),
            validation_code: taken(
                validation_code.map(|text| filled("validation_code", text)),
                &mut problems,
            ),
        };
        let given = [education_segment.is_some(), website.is_some(), validation_code.is_some()];
        if qualification.is_some() {
            problems.extend(request.details(given));
        }
        if problems.is_empty() { Ok(request) } else { Err(problems) }
    }

    /// What is missing, and what belongs to another kind, of the details that were given.
    fn details(&self, [has_segment, has_website, has_code]: [bool; 3]) -> Vec<Error> {
        let education = self.qualification == QualificationType::Education;
        let gcc = self.qualification == QualificationType::GovernmentCommunityCloud;
        let segment = self.education_segment.as_ref().map(EducationSegment::as_str);
        let mut problems = Vec::new();
        for (field, is_given, value, needed, allowed, cure) in [
            (
                "education_segment",
                has_segment,
                segment,
                education,
                education,
                "pass education_segment=\"K12\" or \"HigherEducation\" with Education, and with nothing else",
            ),
            (
                "website",
                has_website,
                self.website.as_deref(),
                false,
                education,
                "pass website with Education only",
            ),
            (
                "validation_code",
                has_code,
                self.validation_code.as_deref(),
                gcc,
                gcc,
                "pass a code of list_validation_codes() with GovernmentCommunityCloud, and with nothing else",
            ),
        ] {
            match value {
                None if needed && !is_given => problems.push(Refusal::missing(field, cure)),
                Some(value) if !allowed => problems.push(Refusal::argument(field, value, cure)),
                _ => {}
            }
        }
        problems
    }

    /// What is asked for.
    #[must_use]
    pub fn qualification(&self) -> &QualificationType {
        &self.qualification
    }

    /// Reads a body of ours.
    pub(crate) fn from_body(body: &Value) -> Option<Self> {
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let details = (text("educationSegment"), text("website"), text("validationCode"));
        Self::new(text("qualification")?, details.0, details.1, details.2).ok()
    }

    /// The code that goes along, for the Government Community Cloud.
    #[must_use]
    pub fn validation_code(&self) -> Option<&str> {
        self.validation_code.as_deref()
    }

    /// The kind of school, for Education.
    #[must_use]
    pub fn education_segment(&self) -> Option<&EducationSegment> {
        self.education_segment.as_ref()
    }

    /// The school's website, for Education.
    #[must_use]
    pub fn website(&self) -> Option<&str> {
        self.website.as_deref()
    }

    /// The JSON body, absent members left out.
    pub(crate) fn to_value(&self) -> Value {
        let mut body = json!({"qualification": self.qualification.as_str()});
        for (name, value) in [
            ("educationSegment", self.education_segment.as_ref().map(EducationSegment::as_str)),
            ("website", self.website.as_deref()),
            ("validationCode", self.validation_code.as_deref()),
        ] {
            if let Some(value) = value {
                body[name] = value.into();
            }
        }
        body
    }
}

/// Reads a qualification that is asked about: one of the documented spellings, not `None`.
pub fn known(qualification: &str) -> Result<QualificationType, Error> {
    let read = match qualification.trim().parse() {
        Ok(integer) => QualificationType::from_integer(integer),
        Err(_) => Some(QualificationType::from_wire(qualification.trim())),
    };
    read.filter(|read| read.is_known() && *read != QualificationType::None).ok_or_else(|| {
        let cure = "use Education, GovernmentCommunityCloud, StateOwnedEntity or Nonprofit";
        Refusal::argument("qualification", qualification, cure)
    })
}

/// Takes what is right, and notes what is not.
fn taken<T>(read: Option<Result<T, Error>>, problems: &mut Vec<Error>) -> Option<T> {
    read.and_then(|read| read.map_err(|error| problems.push(error)).ok())
}

fn settable(qualification: &str) -> Result<QualificationType, Error> {
    let cure = "ask for Education, GovernmentCommunityCloud or StateOwnedEntity: None and Nonprofit cannot be requested";
    known(qualification)
        .ok()
        .filter(|read| *read != QualificationType::Nonprofit)
        .ok_or_else(|| Refusal::argument("qualification", qualification, cure))
}

fn segment(text: &str) -> Result<EducationSegment, Error> {
    let segment = EducationSegment::from_wire(text.trim());
    let cure = "use \"K12\" or \"HigherEducation\"";
    if segment.is_known() { Ok(segment) } else { Err(Refusal::argument("education_segment", text, cure)) }
}

fn filled(field: &'static str, text: &str) -> Result<String, Error> {
    match text.trim() {
        broken if broken.contains(char::is_control) => {
            Err(Refusal::argument(field, text, "pass a text without line ends and control characters"))
        }
        "" => Err(Refusal::argument(field, text, "pass a text that is not empty, or leave it out")),
        trimmed => Ok(trimmed.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The field for which a request is refused.
    fn refused(kind: &str, segment: Option<&str>, website: Option<&str>, code: Option<&str>) -> String {
        match QualificationRequest::new(kind, segment, website, code) {
            Err(Error::InvalidArgument(refusal)) => refusal.field.into_owned(),
            other => panic!("{kind}: {other:?}"),
        }
    }

    #[test]
    fn what_the_service_would_refuse_is_refused_first() {
        for kind in ["None", "Nonprofit", "0", "2", "5", "", "education!"] {
            assert_eq!(refused(kind, None, None, None), "qualification");
        }
        assert_eq!(refused("Education", None, None, None), "education_segment");
        assert_eq!(refused("Education", Some("K13"), None, None), "education_segment");
        assert_eq!(refused("Education", Some("K12"), Some(" "), None), "website");
        assert_eq!(refused("Education", Some("K12"), None, Some("1")), "validation_code");
        assert_eq!(refused("GovernmentCommunityCloud", None, None, None), "validation_code");
        assert_eq!(refused("GovernmentCommunityCloud", None, Some("x.example"), Some("1")), "website");
        assert_eq!(refused("StateOwnedEntity", Some("K12"), None, None), "education_segment");
    }

    #[test]
    fn a_request_is_sent_in_the_words_of_the_documents() {
        let request =
            |kind, segment, code| QualificationRequest::new(kind, segment, None, code).unwrap().to_value();
        let expected = json!({"qualification": "Education", "educationSegment": "HigherEducation"});
        assert_eq!(request(" education ", Some("higher_education"), None), expected);
        let expected = json!({"qualification": "GovernmentCommunityCloud", "validationCode": "7"});
        assert_eq!(request("government_community_cloud", None, Some(" 7 ")), expected);
        assert_eq!(request("4", None, None), json!({"qualification": "StateOwnedEntity"}));
    }

    #[test]
    fn what_was_written_down_is_read_again() {
        for (kind, segment, website, code) in [
            ("Education", Some("K12"), Some("school.example"), None),
            ("StateOwnedEntity", None, None, None),
            ("GovernmentCommunityCloud", None, None, Some("7")),
        ] {
            let request = QualificationRequest::new(kind, segment, website, code).unwrap();
            assert_eq!(QualificationRequest::from_body(&request.to_value()), Some(request));
        }
        let denied = json!({"qualification": "Education", "vettingStatus": "Denied", "vettingReason": "x",
            "vettingCreateDate": "2026-02-11T09:15:00.123456Z", "more": [1]});
        let read = Qualification::from_value(denied.clone()).unwrap();
        assert_eq!(read.to_value(), denied);
        assert!(read.is_denied());
    }

    #[test]
    fn the_answer_to_a_request_is_the_item_that_was_asked_for() {
        let wanted = QualificationType::Education;
        let answer = |value| requested(value, &wanted).map(|item| item.qualification);
        let both = json!([{"qualification": "StateOwnedEntity"}, {"qualification": "education"}]);
        assert_eq!(answer(both), Ok(QualificationType::Education));
        assert_eq!(answer(json!({"qualification": 1})), Ok(QualificationType::Education));
        assert!(answer(json!([])).is_err());
        assert!(answer(json!([{"qualification": "None"}])).is_err());
    }
}
