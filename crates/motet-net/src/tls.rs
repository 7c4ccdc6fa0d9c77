//! What certificates are believed, and why one is not.
//!
//! The authorities that browsers believe are part of the program. `SSL_CERT_FILE` names a file with others, as it does for
//! most programs, and so does the option `ca`.

use motet_std::access::failure;
use motet_vm::ErrorKind;
use motet_vm::operation::OperationError;
use std::io;
use std::sync::Arc;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{CertificateError, ClientConfig, Error, RootCertStore};

/// What a connection believes.
#[derive(Clone)]
pub struct Trust(Arc<ClientConfig>);

/// What programs believe that say nothing else; made at the first use.
pub async fn ordinary() -> Result<Trust, OperationError> {
    static ORDINARY: std::sync::OnceLock<Trust> = std::sync::OnceLock::new();
    if let Some(trust) = ORDINARY.get() {
        return Ok(trust.clone());
    }
    let trust = match std::env::var_os("SSL_CERT_FILE") {
        Some(path) => with_file(path.to_string_lossy().into_owned()).await?,
        None => {
            let mut roots = RootCertStore::empty();
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            with_roots(roots)?
        }
    };
    Ok(ORDINARY.get_or_init(|| trust).clone())
}

/// The authorities in a file, and none beside them.
pub async fn with_file(path: String) -> Result<Trust, OperationError> {
    let shown = path.clone();
    let read = tokio::task::spawn_blocking(move || std::fs::read(path))
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)));
    with_text(&read.map_err(|error| failure("read", &shown, &error))?, &shown)
}

/// The authorities of a text in PEM.
pub fn with_text(text: &[u8], name: &str) -> Result<Trust, OperationError> {
    let wrong =
        |reason: String| OperationError::new(ErrorKind::ValueError, format!("{name} holds no certificates: {reason}"));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(text) {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(wrong("it has no `-----BEGIN CERTIFICATE-----`".into()));
    }
    with_roots(roots)
}

fn with_roots(roots: RootCertStore) -> Result<Trust, OperationError> {
    let config =
        ClientConfig::builder_with_provider(Arc::new(default_provider())).with_safe_default_protocol_versions();
    let config = config.map_err(|error| OperationError::new(ErrorKind::IoError, format!("cannot use TLS: {error}")))?;
    Ok(Trust(Arc::new(config.with_root_certificates(roots).with_no_client_auth())))
}

/// Speaks TLS over a connection with a host.
pub async fn connect<S>(trust: &Trust, host: &str, stream: S) -> Result<TlsStream<S>, OperationError>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let name = ServerName::try_from(host.to_owned()).map_err(|_| {
        OperationError::new(ErrorKind::ValueError, format!("{host} is no name that a certificate may have"))
    })?;
    TlsConnector::from(trust.0.clone()).connect(name, stream).await.map_err(|error| refusal(host, &error))
}

/// Why a certificate is not believed, in words.
fn refusal(host: &str, error: &io::Error) -> OperationError {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<Error>());
    let Some(Error::InvalidCertificate(reason)) = cause else {
        let message = match cause {
            Some(cause) => format!("cannot speak TLS with {host}: {cause}"),
            None => format!("cannot speak TLS with {host}: {}", motet_std::access::system_message(error)),
        };
        return OperationError::new(ErrorKind::IoError, message);
    };
    let reason = match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".into(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "it is not valid yet".into(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("it is not for {host}")
        }
        CertificateError::UnknownIssuer => "no authority that is believed has signed it".into(),
        CertificateError::Revoked => "it was revoked".into(),
        CertificateError::BadSignature => "its signature is wrong".into(),
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "it is the certificate of an authority, not of a server".into()
        }
        other => other.to_string(),
    };
    let failed =
        OperationError::new(ErrorKind::IoError, format!("the certificate of {host} is not believed: {reason}"));
    failed.with_hint("`ca: path` names a file with the certificates of the authority that has signed it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
    use std::future::Future;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

    type Authority = CertifiedIssuer<'static, KeyPair>;

    fn key() -> KeyPair {
        KeyPair::generate().expect("a new key")
    }

    fn authority(name: &str) -> Authority {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        CertifiedIssuer::self_signed(params, key()).expect("a new authority")
    }

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
    }

    /// What a client hears that trusts one authority, from a server whose certificate another may have signed.
    fn met(
        signed_by: &Authority,
        believed: &Authority,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Result<String, String> {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        change(&mut params);
        let own = key();
        let certificate = params.signed_by(&own, signed_by).expect("a new certificate");
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], private))
            .expect("a server");
        let trust = with_text(believed.pem().as_bytes(), "ca.pem").expect("an authority");
        run(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let address = listener.local_addr().expect("it listens");
            let serve = tokio::spawn(async move {
                let (stream, _) = listener.accept().await.expect("a client");
                // A client that does not believe ends it.
                if let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await {
                    let _ = stream.write_all(b"hello").await;
                    let _ = stream.shutdown().await;
                }
            });
            let stream = TcpStream::connect(address).await.expect("the server listens");
            let heard = match connect(&trust, "localhost", stream).await {
                Ok(mut stream) => {
                    let mut heard = String::new();
                    stream.read_to_string(&mut heard).await.map(|_| heard).map_err(|error| error.to_string())
                }
                Err(error) => Err(error.message),
            };
            serve.await.expect("the server does not panic");
            heard
        })
    }

    #[test]
    fn a_certificate_that_holds_is_believed() {
        let authority = authority("here");
        assert_eq!(met(&authority, &authority, |_| {}), Ok("hello".to_owned()));
    }

    #[test]
    fn one_that_does_not_says_why() {
        let (here, other) = (authority("here"), authority("other"));
        let refused = |reason: &str| Err(format!("the certificate of localhost is not believed: {reason}"));
        assert_eq!(met(&here, &other, |_| {}), refused("no authority that is believed has signed it"));
        assert_eq!(met(&here, &here, |params| params.not_after = date_time_ymd(2020, 1, 1)), refused("it has expired"));
        assert_eq!(
            met(&here, &here, |params| params.not_before = date_time_ymd(4000, 1, 1)),
            refused("it is not valid yet")
        );
        let renamed = met(&here, &here, |params| {
            params.subject_alt_names = vec![rcgen::SanType::DnsName("elsewhere.org".try_into().expect("a name"))];
        });
        assert_eq!(renamed, refused("it is not for localhost"));
    }

    #[test]
    fn files_without_certificates_are_refused() {
        for text in ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            assert!(with_text(text.as_bytes(), "ca.pem").is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_tls_says_so() {
        let heard = run(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let address = listener.local_addr().expect("it listens");
            let serve = tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.expect("a client");
                let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            });
            let stream = TcpStream::connect(address).await.expect("the server listens");
            let trust = ordinary().await.expect("the authorities of browsers");
            let heard = connect(&trust, "localhost", stream).await.map(|_| ()).map_err(|error| error.message);
            serve.await.expect("the server does not panic");
            heard
        });
        assert!(heard.is_err_and(|message| message.starts_with("cannot speak TLS with localhost: ")));
    }
}
