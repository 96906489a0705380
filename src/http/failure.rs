//! Words for what failed on the way.

use std::error::Error as StdError;
use std::io::{Error as IoError, ErrorKind};
use std::iter::successors;

/// What to do about a proxy that opens TLS, or a service with a private authority.
const FOREIGN_AUTHORITY: &str =
    " -> if you trust the authority that issued the certificate, pass its own as ca_bundle of the client";
/// The same for a credential that no client asks.
const OR_SYSTEM: &str = ", or set SSL_CERT_FILE";

/// What to do when nobody is there.
const UNREACHABLE: &str = " -> check the network, the proxy and ";

/// Why there is no connection to `origin`, and what to do; `setting` is the option that says where it leads.
pub(super) fn unconnected(origin: &str, error: &(dyn StdError + 'static), setting: &str) -> String {
    let message = chain(error);
    if message.contains("UnknownIssuer") {
        let more = if setting == "authority" { OR_SYSTEM } else { "" };
        format!("connecting to {origin} failed: {message}{FOREIGN_AUTHORITY}{more}")
    } else {
        format!("connecting to {origin} failed: {message}{UNREACHABLE}{setting}")
    }
}

/// An error and its causes.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut messages: Vec<_> = causes(error).map(ToString::to_string).collect();
    messages.dedup();
    messages.join(": ")
}

/// Whether it was for lack of time.
pub(crate) fn is_timeout(error: &(dyn StdError + 'static)) -> bool {
    causes(error).any(|cause| {
        kind(cause) == Some(ErrorKind::TimedOut)
            || cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_timeout)
    })
}

/// Whether the other side gave up the connection.
pub(crate) fn is_reset(error: &(dyn StdError + 'static)) -> bool {
    causes(error).any(|cause| kind(cause) == Some(ErrorKind::ConnectionReset))
}

fn kind(error: &(dyn StdError + 'static)) -> Option<ErrorKind> {
    error.downcast_ref::<IoError>().map(IoError::kind)
}

fn causes<'e>(error: &'e (dyn StdError + 'static)) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    successors(Some(error), |&error| error.source())
}
