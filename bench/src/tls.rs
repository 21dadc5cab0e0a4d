//! TLS in front of the table, under a certificate of the harness's own.
//!
//! A function that speaks plain HTTP to its table hides most of what a start costs.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// A listener that ends TLS and hands on what it carried.
pub(crate) struct TlsProxy {
    /// Where it is: `https://localhost:<port>`.
    pub(crate) endpoint: String,
    /// The certificate that clients have to trust.
    pub(crate) authority: PathBuf,
    serving: JoinHandle<()>,
}

impl TlsProxy {
    /// Starts one in front of `http://<host>:<port>`; the certificate to trust is written to `folder`.
    pub(crate) async fn start(behind: &str, folder: &Path) -> Result<Self, String> {
        let (authority, config) = certify().map_err(|error| format!("certificates: {error}"))?;
        let path = folder.join("authority.pem");
        std::fs::write(&path, authority).map_err(|error| format!("{}: {error}", path.display()))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(|error| error.to_string())?;
        let port = listener
            .local_addr()
            .map_err(|error| error.to_string())?
            .port();
        let behind = behind.trim_start_matches("http://").to_owned();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(Self {
            endpoint: format!("https://localhost:{port}"),
            authority: path,
            serving: tokio::spawn(serve(listener, acceptor, behind)),
        })
    }
}

impl Drop for TlsProxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, behind: String) {
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, behind) = (acceptor.clone(), behind.clone());
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            let mut client = acceptor.accept(stream).await?;
            let mut table = TcpStream::connect(behind).await?;
            table.set_nodelay(true)?;
            copy_bidirectional(&mut client, &mut table).await
        });
    }
}

/// An authority, and a server for `localhost` that it vouches for.
fn certify() -> Result<(String, ServerConfig), Box<dyn std::error::Error>> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority
        .distinguished_name
        .push(DnType::CommonName, "Authority of bench-cold");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate()?;
    let certificate = authority.self_signed(&authority_key)?;
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate()?;
    let mut server = CertificateParams::new(vec!["localhost".to_owned()])?;
    server
        .distinguished_name
        .push(DnType::CommonName, "localhost");
    let server = server.signed_by(&key, &issuer)?;
    let chain: Vec<CertificateDer> = vec![server.der().clone()];
    let key = PrivateKeyDer::try_from(key.serialize_der())?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok((certificate.pem(), config))
}
