//! Whom connections trust: the system's authorities and those of `ca_bundle`. Nothing switches that off.

use std::path::Path;
use std::sync::Arc;

use rustls_platform_verifier::Verifier;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

use crate::error::{Error, Refusal};

/// The certificates of a `ca_bundle`.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let refuse = |cure: &str| Refusal::option("ca_bundle", path.display(), cure);
    let pem = std::fs::read(path)
        .map_err(|error| refuse(&format!("pass a PEM file that can be read ({error})")))?;
    let certificates: Vec<_> =
        CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().unwrap_or_default();
    let mut authorities = RootCertStore::empty();
    let are_authorities = certificates.iter().all(|one| authorities.add(one.clone()).is_ok());
    if certificates.is_empty() || !are_authorities {
        return Err(refuse("pass a PEM file with at least one certificate"));
    }
    Ok(certificates)
}

/// Trusts the system and `certificates`.
pub(super) fn config(certificates: Vec<CertificateDer<'static>>) -> Result<ClientConfig, rustls::Error> {
    let provider = provider();
    let verifier = if certificates.is_empty() {
        Verifier::new(Arc::clone(&provider))?
    } else {
        Verifier::new_with_extra_roots(certificates, Arc::clone(&provider))?
    };
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    // The library's word for any verifier but its own; this one is the platform's.
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    Ok(builder.with_no_client_auth())
}

/// Trusts nobody, for connections without TLS: it spares reading the system's authorities.
pub(super) fn unused() -> Result<ClientConfig, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

fn provider() -> Arc<CryptoProvider> {
    CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(aws_lc_rs::default_provider()))
}
