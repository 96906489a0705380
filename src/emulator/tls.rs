//! The emulator under https, which the clients of Entra insist on. Its certificate is issued by an
//! authority of its own, made anew each time; whoever is to trust it has to be told so.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use rcgen::ExtendedKeyUsagePurpose::ServerAuth;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::server::TlsStream;

use super::Emulator;
use super::faults::Dribble;
use super::server::{Connection, Gate, Stream, run};

/// The names that the certificate is for: the loopback's, and those of the real services. The latter are
/// for programs whose host names cannot be set, where a hosts file or a proxy leads them here.
const NAMES: [&str; 9] = [
    "127.0.0.1",
    "::1",
    "localhost",
    "api.partnercenter.microsoft.com",
    "partner.partnercenterapi.microsoftonline.cn",
    "login.microsoftonline.com",
    "login.windows.net",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
];

/// A certificate for this machine's loopback addresses and the services' own names, and the authority
/// behind it.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    authority: String,
}

impl Tls {
    /// Makes an authority, and a certificate that it issued.
    ///
    /// # Errors
    /// Those of making keys.
    pub fn new() -> io::Result<Self> {
        let authority = authority().map_err(io::Error::other)?;
        let config = config(&authority).map_err(io::Error::other)?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), authority: authority.pem() })
    }

    /// The certificate of the authority, as PEM: what a client must trust.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

fn authority() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Partner Center emulator");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn config(authority: &CertifiedIssuer<'_, KeyPair>) -> Result<ServerConfig, Box<dyn Error + Send + Sync>> {
    let mut params = CertificateParams::new(NAMES.map(str::to_owned))?;
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, authority)?;
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    // A process may have a provider of its own installed, or several linked in and none chosen.
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Serves the emulator as [`serve`](super::serve) does, under https.
///
/// # Errors
/// Those of the listener.
pub async fn serve_tls(
    emulator: Emulator,
    listener: TcpListener,
    tls: &Tls,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (gate, open) = Gate::new(listener);
    let gate = TlsGate { gate, acceptor: tls.acceptor.clone(), handshakes: JoinSet::new() };
    run(emulator, gate, open, shutdown).await
}

/// Hands out streams whose handshake is done; those that are at it hold up nobody.
struct TlsGate {
    gate: Gate,
    acceptor: TlsAcceptor,
    handshakes: JoinSet<io::Result<(TlsStream<Stream>, SocketAddr)>>,
}

impl Listener for TlsGate {
    type Io = Dribble<TlsStream<Stream>>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Dribble<TlsStream<Stream>>, SocketAddr) {
        loop {
            tokio::select! {
                (stream, address) = self.gate.stream() => {
                    let handshake = self.acceptor.accept(stream);
                    self.handshakes.spawn(async move { Ok((handshake.await?, address)) });
                }
                Some(done) = self.handshakes.join_next() => {
                    // One that failed concerns nobody but its caller, who knows.
                    if let Ok(Ok((stream, address))) = done {
                        let connection = stream.get_ref().0.connection().under_tls();
                        return (Dribble::new(stream, connection), address);
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.gate.local_addr()
    }
}

impl Connected<IncomingStream<'_, TlsGate>> for Connection {
    fn connect_info(stream: IncomingStream<'_, TlsGate>) -> Self {
        stream.io().connection()
    }
}
