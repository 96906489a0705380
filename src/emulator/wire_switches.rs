//! In which of the forms that were seen, or documented, the service answers.

use serde::{Deserialize, Serialize};

/// The switches; by default the service answers as it does today, as far as that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wire {
    /// The body of a customer's qualifications.
    pub qualifications: Qualifications,
    /// The answer to a request for a qualification.
    pub created: Created,
    /// The body for a customer without a qualification.
    pub none: NoneBody,
    /// How the members of a qualification are spelled.
    pub members: Members,
    /// The member that holds the date of a request.
    pub date_member: DateMember,
    /// How dates of qualifications are written.
    pub dates: Dates,
    /// How the values of `qualification` are spelled.
    pub names: Names,
    /// Whether JSON starts with a byte order mark.
    pub bom: bool,
    /// Whether the links of a page name the version of the API.
    pub next_link: NextLink,
    /// Whether error codes are numbers or strings.
    pub error_code: ErrorCode,
    /// Whether the pair `GET` and `PUT customers/{id}/qualification`, retired in 2021, is served.
    pub retired_pair: bool,
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            qualifications: Qualifications::default(),
            created: Created::default(),
            none: NoneBody::default(),
            members: Members::default(),
            date_member: DateMember::default(),
            dates: Dates::default(),
            names: Names::default(),
            bom: true,
            next_link: NextLink::default(),
            error_code: ErrorCode::default(),
            retired_pair: false,
        }
    }
}

macro_rules! switch {
    ($(#[$doc:meta])* $name:ident { $(#[$first_doc:meta])* $first:ident, $($(#[$rest_doc:meta])* $rest:ident,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $(#[$first_doc])* #[default] $first,
            $($(#[$rest_doc])* $rest,)*
        }
    };
}

switch! {
    /// The body of a customer's qualifications.
    Qualifications {
        /// A bare array.
        Array,
        /// An object with the array in `qualifications`.
        Wrapper,
        /// The first qualification alone, bare.
        Object,
    }
}

switch! {
    /// The answer to a request for a qualification.
    Created {
        /// 201 and the qualification.
        Object,
        /// 200 and an object with an array in `qualifications`.
        Wrapper,
    }
}

switch! {
    /// The body for a customer without a qualification.
    NoneBody {
        /// None in it.
        Empty,
        /// One in it, called `None`.
        Item,
    }
}

switch! {
    /// How the members of a qualification are spelled.
    Members {
        /// `vettingStatus`.
        Camel,
        /// `VettingStatus`.
        Pascal,
    }
}

/// The member that holds the date of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum DateMember {
    /// `vettingCreateDate`.
    #[default]
    #[serde(rename = "vettingCreateDate")]
    Create,
    /// `vettingCreatedDate`.
    #[serde(rename = "vettingCreatedDate")]
    Created,
}

switch! {
    /// How dates of qualifications are written.
    Dates {
        /// `2021-05-06T19:59:56.6832021+00:00`.
        Offset,
        /// `2020-12-03T10:37:38.885Z`.
        Milliseconds,
        /// `2020-12-04T20:54:24Z`.
        Seconds,
        /// `07/09/2020: 00:00:00`, the month first.
        ChangeLog,
    }
}

switch! {
    /// How the values of `qualification` are spelled.
    Names {
        /// `GovernmentCommunityCloud`.
        Pascal,
        /// `government_community_cloud`.
        Snake,
        /// `governmentcommunitycloud`.
        Squashed,
    }
}

switch! {
    /// Whether the links of a page name the version of the API.
    NextLink {
        /// `/v1/customers?...`.
        Version,
        /// `/customers?...`.
        Plain,
    }
}

switch! {
    /// Whether error codes are numbers or strings.
    ErrorCode {
        /// As they are on the wire.
        Number,
        /// As they are in the documents.
        String,
    }
}
