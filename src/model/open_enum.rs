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
                match text {
                    $($wire => return Self::$variant,)+ // as nearly all come
                    _ => {}
                }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::model::{EducationSegment, QualificationType, VettingStatus};

    /// Its words apart or not, its letters in either case, as `seed` has it.
    fn respelled(wire: &str, seed: u64) -> String {
        let mut text = String::new();
        for (place, letter) in wire.chars().enumerate() {
            let bit = |shift: usize| seed.rotate_right(u32::try_from(place * 2 + shift).unwrap()) & 1 == 1;
            if place > 0 && letter.is_uppercase() && bit(0) {
                text.push(if bit(1) { '_' } else { ' ' });
            }
            text.extend(if bit(1) { letter.to_uppercase().next() } else { letter.to_lowercase().next() });
        }
        text
    }

    proptest! {
        #[test]
        fn a_documented_value_is_known_in_every_spelling(seed in any::<u64>()) {
            for wire in QualificationType::KNOWN {
                let read = QualificationType::from_wire(&respelled(wire, seed));
                prop_assert!(read.is_known() && read.as_str() == *wire, "{read:?}");
            }
            for wire in VettingStatus::KNOWN {
                let read = VettingStatus::from_wire(&respelled(wire, seed));
                prop_assert_eq!(read.as_str(), *wire);
            }
        }

        #[test]
        fn an_undocumented_value_stays_what_it_is(text in ".{0,20}") {
            let read = QualificationType::from_wire(&text);
            prop_assume!(!read.is_known());
            prop_assert_eq!(read.as_str(), text.as_str());
            prop_assert_eq!(read.to_string(), text.as_str());
            prop_assert_eq!(QualificationType::from_wire(read.as_str()), read);
        }
    }

    #[test]
    fn nothing_is_taken_for_a_value_that_it_only_resembles() {
        for text in ["", " ", "Educatio", "Educations", "Education-", "\u{212a}12", "NONE\0", "Nóne"] {
            assert!(!QualificationType::from_wire(text).is_known(), "{text:?}");
            assert!(!EducationSegment::from_wire(text).is_known(), "{text:?}");
        }
    }
}
