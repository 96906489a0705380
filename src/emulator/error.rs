//! The one error of the emulator's levers.

/// A lever was given something it cannot use; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {value}: {cure}")]
pub struct InvalidArgument {
    /// The argument's name.
    pub field: String,
    /// What was given, as text.
    pub value: String,
    /// What to do instead.
    pub cure: String,
}

impl InvalidArgument {
    pub(super) fn new(
        field: impl Into<String>,
        value: &(impl ToString + ?Sized),
        cure: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), value: value.to_string(), cure: cure.into() }
    }

    /// The same, of a member of `outer`.
    pub(super) fn within(self, outer: &str) -> Self {
        let dot = if self.field.starts_with('[') { "" } else { "." };
        Self { field: format!("{outer}{dot}{}", self.field), ..self }
    }
}
