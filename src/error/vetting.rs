//! A wait for vetting that came to no end.

use std::fmt;
use std::time::Duration;

use super::{Context, Error};
use crate::model::{CustomerId, Qualification, QualificationType};

/// Vetting did not end in time.
#[derive(Debug, Clone)]
pub struct VettingTimeoutError {
    /// Whom it was about.
    pub customer_id: CustomerId,
    /// What was waited for.
    pub qualification: QualificationType,
    /// What the service said last; `None` when the customer was never seen to have the qualification.
    pub last: Option<Qualification>,
    /// How long was waited.
    pub waited: Duration,
    /// The last read.
    pub context: Option<Context>,
    /// Why it failed, if it did.
    pub trouble: Option<Error>,
    /// Whether the service has answered at all.
    pub answered: bool,
}

impl fmt::Display for VettingTimeoutError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { customer_id, qualification, .. } = self;
        let waited = self.waited.as_secs_f64();
        match (&self.last, &self.trouble) {
            (None, Some(trouble)) => {
                // It has the ids, and its own advice.
                return write!(
                    formatter,
                    "customer {customer_id} could not be read within {waited:.1} s, so whether there is \
                     {qualification} is unknown: {trouble}"
                );
            }
            (Some(_), Some(trouble)) => {
                return write!(
                    formatter,
                    "{qualification} of customer {customer_id} was still in review when it could last be read, \
                     and that was not possible any more when {waited:.1} s were over: {trouble}"
                );
            }
            (Some(_), None) => write!(
                formatter,
                "{qualification} of customer {customer_id} was still in review after {waited:.1} s: \
                 vetting takes days, so wait again later or with a longer timeout"
            ),
            (None, None) if !self.answered => write!(
                formatter,
                "customer {customer_id} could not be read within {waited:.1} s, so whether there is {qualification} \
                 is unknown: the service has not answered -> wait again, with a longer timeout"
            ),
            (None, None) => write!(
                formatter,
                "customer {customer_id} showed no {qualification} in {waited:.1} s: \
                 it has to be asked for first"
            ),
        }?;
        self.context.as_ref().map_or(Ok(()), |context| context.fmt(formatter))
    }
}
