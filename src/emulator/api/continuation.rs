//! The tokens that lead from one page of a collection to the next. They hold all there is to know, so
//! that nobody has to remember them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::clock::after;
use super::super::config::Config;
use super::super::seed::digest;

/// Makes and reads the tokens of one collection.
#[derive(Debug)]
pub(in crate::emulator) struct Continuation {
    collection: &'static str,
    seed: u64,
    salt: Uuid,
    now: i64,
    /// Milliseconds like `now`; `None` for a token that is always good.
    expiry: Option<i64>,
}

impl Continuation {
    /// `salt` tells emulators of one seed apart.
    pub(in crate::emulator) fn new(
        collection: &'static str,
        (config, salt): (&Config, Uuid),
        now: DateTime<Utc>,
    ) -> Self {
        let expiry = config.continuation_token_lifetime.map(|lifetime| after(now, lifetime));
        Self {
            collection,
            seed: config.seed,
            salt,
            now: now.timestamp_millis(),
            expiry: expiry.map(|expiry| expiry.timestamp_millis()),
        }
    }

    /// A token for the elements from `offset` on.
    pub(in crate::emulator) fn token(&self, offset: usize) -> String {
        let expiry = self.expiry.unwrap_or(i64::MAX);
        let text = format!("{offset}:{expiry}");
        URL_SAFE_NO_PAD.encode(format!("{text}:{}", self.mark(&text)))
    }

    /// Where a token leads to, or what is wrong with it.
    pub(in crate::emulator) fn offset(&self, token: &[u8]) -> Result<usize, &'static str> {
        let (offset, expiry) = self.read(token).ok_or("not one of this collection")?;
        if expiry <= self.now { Err("expired") } else { Ok(offset) }
    }

    fn read(&self, token: &[u8]) -> Option<(usize, i64)> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let (text, mark) = text.rsplit_once(':')?;
        let (offset, expiry) = text.split_once(':').filter(|_| mark == self.mark(text))?;
        Some((offset.parse().ok()?, expiry.parse().ok()?))
    }

    /// By which a token of this collection, and of this emulator, is known again.
    fn mark(&self, text: &str) -> String {
        let mark =
            digest(self.seed, &[self.salt.as_bytes(), self.collection.as_bytes(), b":", text.as_bytes()]);
        format!("{mark:016x}")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn of(collection: &'static str, seed: u64, lifetime: Option<u64>, now: DateTime<Utc>) -> Continuation {
        let continuation_token_lifetime = lifetime.map(Duration::from_secs);
        let config = Config { seed, continuation_token_lifetime, ..Config::default() };
        Continuation::new(collection, (&config, Uuid::nil()), now)
    }

    proptest! {
        #[test]
        fn a_token_leads_back_to_its_own_collection_only(offset: usize, seed in 0u64..1000) {
            let now = Utc::now();
            let token = of("customers", seed, Some(60), now).token(offset);
            let read = |collection, seed| of(collection, seed, Some(60), now).offset(token.as_bytes());
            prop_assert_eq!(read("customers", seed), Ok(offset));
            prop_assert_eq!(read("auditrecords", seed), Err("not one of this collection"));
            prop_assert!(read("customers", seed + 1).is_err());
            let salted = Continuation { salt: Uuid::from_u128(1), ..of("customers", seed, Some(60), now) };
            prop_assert!(salted.offset(token.as_bytes()).is_err());
        }

        #[test]
        fn a_token_is_good_until_its_lifetime_has_passed(offset: usize, lifetime in 1u64..9000, passed in 0i64..18_000) {
            let now = Utc::now();
            let token = of("customers", 0, Some(lifetime), now).token(offset);
            let later = of("customers", 0, Some(1), now + TimeDelta::seconds(passed));
            let good = passed < i64::try_from(lifetime).unwrap();
            prop_assert_eq!(later.offset(token.as_bytes()), if good { Ok(offset) } else { Err("expired") });
        }

        #[test]
        fn what_was_made_up_or_changed_is_no_token(made_up in "[ -~]{0,60}", at in 0usize..40, byte in b'0'..b'z') {
            let tokens = of("customers", 0, None, Utc::now());
            prop_assert!(tokens.offset(made_up.as_bytes()).is_err());
            let genuine = tokens.token(7);
            let mut changed = genuine.clone().into_bytes();
            let at = at % changed.len();
            changed[at] = byte;
            prop_assert_eq!(tokens.offset(&changed).is_ok(), changed == genuine.as_bytes());
        }
    }

    #[test]
    fn without_a_lifetime_a_token_is_good_for_ever() {
        let now = Utc::now();
        let token = of("customers", 0, None, now).token(3);
        assert_eq!(of("customers", 0, None, DateTime::<Utc>::MAX_UTC).offset(token.as_bytes()), Ok(3));
    }
}
