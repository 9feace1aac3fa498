//! Throw-away certificates for the baseline: the same kind of keys as the product's.
//!
//! Touches memory only. Must never be used by the product.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    PKCS_ECDSA_P256_SHA256,
};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// The name every server of the bench goes by.
pub(crate) const NAME: &str = "collector.sekisho.internal";

/// A certificate with its key.
pub(crate) struct Leaf {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivatePkcs8KeyDer<'static>,
}

/// An authority, a server and a client under it.
pub(crate) struct Pki {
    pub(crate) root: CertificateDer<'static>,
    pub(crate) server: Leaf,
    pub(crate) client: Leaf,
}

impl Pki {
    pub(crate) fn make() -> Result<Self> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = params.self_signed(&key)?.der().clone();
        let issuer = Issuer::new(params, key);
        Ok(Self {
            root,
            server: leaf(&issuer, NAME, ExtendedKeyUsagePurpose::ServerAuth)?,
            client: leaf(&issuer, "client", ExtendedKeyUsagePurpose::ClientAuth)?,
        })
    }

    /// Writes everything to a folder of the bench's own, for the server's process.
    pub(crate) fn save(&self, dir: &Path) -> Result<()> {
        std::fs::write(dir.join("root.der"), &self.root)?;
        for (name, leaf) in [("server", &self.server), ("client", &self.client)] {
            let certificate = leaf.chain.first().context("an empty chain")?;
            std::fs::write(dir.join(format!("{name}.der")), certificate)?;
            std::fs::write(dir.join(format!("{name}.key")), leaf.key.secret_pkcs8_der())?;
        }
        Ok(())
    }

    pub(crate) fn load(dir: &Path) -> Result<Self> {
        let leaf = |name: &str| -> Result<Leaf> {
            let certificate = std::fs::read(dir.join(format!("{name}.der")))?;
            let key = std::fs::read(dir.join(format!("{name}.key")))?;
            Ok(Leaf {
                chain: vec![certificate.into()],
                key: key.into(),
            })
        };
        let root = std::fs::read(dir.join("root.der"))?.into();
        Ok(Self {
            root,
            server: leaf("server")?,
            client: leaf("client")?,
        })
    }

    pub(crate) fn server_config(&self) -> Result<Arc<ServerConfig>> {
        let verifier = WebPkiClientVerifier::builder(Arc::new(roots(&self.root)?)).build()?;
        let mut config = ServerConfig::builder_with_protocol_versions(&[&rustls::version::TLS13])
            .with_client_cert_verifier(verifier)
            .with_single_cert(
                self.server.chain.clone(),
                PrivateKeyDer::Pkcs8(self.server.key.clone_key()),
            )?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Arc::new(config))
    }

    pub(crate) fn client_config(&self) -> Result<Arc<ClientConfig>> {
        client_config(&self.root, &self.client)
    }
}

/// A client that trusts `root` and shows `leaf`.
pub(crate) fn client_config(
    root: &CertificateDer<'static>,
    leaf: &Leaf,
) -> Result<Arc<ClientConfig>> {
    let mut config = ClientConfig::builder_with_protocol_versions(&[&rustls::version::TLS13])
        .with_root_certificates(roots(root)?)
        .with_client_auth_cert(
            leaf.chain.clone(),
            PrivateKeyDer::Pkcs8(leaf.key.clone_key()),
        )?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Arc::new(config))
}

/// A client that trusts `root` and shows nothing.
pub(crate) fn anonymous_config(root: &CertificateDer<'static>) -> Result<Arc<ClientConfig>> {
    let mut config = ClientConfig::builder_with_protocol_versions(&[&rustls::version::TLS13])
        .with_root_certificates(roots(root)?)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Arc::new(config))
}

fn roots(root: &CertificateDer<'static>) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots
        .add(root.clone())
        .context("the root is no certificate")?;
    Ok(roots)
}

fn leaf(
    issuer: &Issuer<'_, KeyPair>,
    name: &str,
    purpose: ExtendedKeyUsagePurpose,
) -> Result<Leaf> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut params = CertificateParams::new(vec![name.to_owned()])?;
    params.extended_key_usages = vec![purpose];
    let certificate = params.signed_by(&key, issuer)?;
    Ok(Leaf {
        chain: vec![certificate.der().clone()],
        key: PrivatePkcs8KeyDer::from(key.serialize_der()),
    })
}
