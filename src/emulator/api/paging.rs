//! Which part of a collection a request asks for.

use axum::http::HeaderName;
use chrono::{DateTime, Utc};

use super::super::model::same_name;
use super::super::request::HttpRequest;
use super::super::state::State;
use super::super::wire::Reply;
use super::super::wire_switches::NextLink;
use super::continuation::Continuation;
use super::refusals;

/// The largest page, and the one given where no size is asked for.
const PAGE_SIZE: usize = 500;
const CONTINUATION_TOKEN: HeaderName = HeaderName::from_static("ms-continuationtoken");

/// One page of the collection called `name`.
#[derive(Debug)]
pub(in crate::emulator) struct Page {
    pub(in crate::emulator) name: &'static str,
    pub(in crate::emulator) size: usize,
    /// How many elements of the unfiltered collection to pass over.
    pub(in crate::emulator) offset: usize,
    pub(in crate::emulator) next_link: NextLink,
    pub(in crate::emulator) continuation: Continuation,
}

impl Page {
    pub(in crate::emulator) fn of(
        request: &HttpRequest,
        name: &'static str,
        state: &State,
        now: DateTime<Utc>,
    ) -> Result<Self, Reply> {
        let continuation = Continuation::new(name, (&state.config, state.issuer.salt()), now);
        let offset = match (seek(request)?, request.headers.get(CONTINUATION_TOKEN)) {
            (Seek::First, _) | (Seek::Next, None) => 0,
            (Seek::Next, Some(token)) => continuation
                .offset(token.as_bytes())
                .map_err(|wrong| refusals::invalid_property(&format!("MS-ContinuationToken: {wrong}")))?,
        };
        let next_link = state.config.wire.next_link;
        Ok(Self { name, size: size(request)?, offset, next_link, continuation })
    }

    /// The page's elements that `wanted` picks, and the offset of the next page if there is one.
    pub(in crate::emulator) fn cut<'a, T>(
        &self,
        all: &'a [T],
        mut wanted: impl FnMut(&T) -> bool,
    ) -> (Vec<&'a T>, Option<usize>) {
        let mut rest = all.iter().enumerate().skip(self.offset).filter(|(_, item)| wanted(item));
        let items = rest.by_ref().take(self.size).map(|(_, item)| item).collect();
        (items, rest.next().map(|(next, _)| next))
    }
}

/// How many elements; 0 is what SDKs send for "no matter".
fn size(request: &HttpRequest) -> Result<usize, Reply> {
    match request.query("size").map(|size| size.parse()) {
        None | Some(Ok(0)) => Ok(PAGE_SIZE),
        Some(Ok(size @ 1..=PAGE_SIZE)) => Ok(size),
        _ => Err(refusals::invalid_property("size: from 1 to 500")),
    }
}

/// The documented operations that pages made forward only can serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seek {
    /// From the beginning, whatever token comes along.
    First,
    /// From where the token leads to; without one, from the beginning.
    Next,
}

/// Reads `seekOperation`, a name or its number; a token alone means `Next`.
fn seek(request: &HttpRequest) -> Result<Seek, Reply> {
    const NAMES: [&str; 5] = ["Next", "Previous", "First", "Last", "PageIndex"];
    let Some(asked) = request.query("seekOperation") else {
        return Ok(Seek::Next);
    };
    let known =
        (0..).zip(NAMES).find(|(number, name)| same_name(&asked, name) || asked == number.to_string());
    match known {
        Some((0, _)) => Ok(Seek::Next),
        Some((2, _)) => Ok(Seek::First),
        Some((_, name)) => {
            let data = format!("seekOperation: {name} is not supported, First and Next are");
            Err(refusals::invalid_property(&data))
        }
        None => Err(refusals::not_in_enum(&format!("seekOperation: {asked}"))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::super::super::Config;
    use super::*;

    fn page(size: usize, offset: usize) -> Page {
        let continuation = Continuation::new("customers", (&Config::default(), Uuid::nil()), Utc::now());
        Page { name: "customers", size, offset, next_link: NextLink::default(), continuation }
    }

    proptest! {
        #[test]
        fn pages_put_together_are_what_was_wanted(
            all in prop::collection::vec(0u8..10, 0..80), size in 1usize..12, wanted in 0u8..10,
        ) {
            let (mut got, mut offset) = (Vec::new(), Some(0));
            while let Some(at) = offset {
                let (items, next) = page(size, at).cut(&all, |item| *item >= wanted);
                prop_assert!(items.len() == size || next.is_none());
                prop_assert!(!items.is_empty() || at == 0, "no empty page after the first");
                got.extend(items.into_iter().copied());
                offset = next;
            }
            let expected: Vec<u8> = all.into_iter().filter(|item| *item >= wanted).collect();
            prop_assert_eq!(got, expected);
        }
    }
}
