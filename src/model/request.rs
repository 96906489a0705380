//! What it takes to ask for a qualification. Wire names of POST `customers/{id}/qualifications`.

use serde_json::{Value, json};

use super::qualification::{EducationSegment, QualificationType};
use crate::error::{Error, Refusal};

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
    use super::super::qualification::Qualification;
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
}
