//! String enums that stay open: the service may answer with a value nobody has documented.

/// Defines an enum of documented wire strings plus `Unknown`, which keeps any other string verbatim.
///
/// A spelling is recognised after folding its case and dropping underscores and spaces, because the
/// documents write one value as `GovernmentCommunityCloud`, `government_community_cloud` and
/// `governmentcommunitycloud`.
macro_rules! open_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $wire:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// A value that no document lists, as it came.
            Unknown(String),
        }

        impl $name {
            /// The documented values, as they stand on the wire.
            pub const KNOWN: &'static [&'static str] = &[$($wire),+];

            /// Reads a wire string in any documented spelling.
            #[must_use]
            pub fn from_wire(text: &str) -> Self {
                let folded = $crate::model::open_enum::fold(text);
                $(if folded.eq_ignore_ascii_case($wire) {
                    return Self::$variant;
                })+
                Self::Unknown(text.to_owned())
            }

            /// The value as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)+
                    Self::Unknown(text) => text,
                }
            }

            /// Whether the value is a documented one.
            #[must_use]
            pub fn is_known(&self) -> bool {
                !matches!(self, Self::Unknown(_))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use open_enum;

/// Drops what the spellings of one value differ in, except for case.
pub(crate) fn fold(text: &str) -> String {
    text.chars().filter(|&letter| letter != '_' && letter != ' ').collect()
}
