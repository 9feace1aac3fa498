//! A fleet of laptops that exist only on the wire: enrolled for real, each with its own key and
//! certificate.
//!
//! Touches the loopback network. Must never take a short cut a laptop could not take.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use data_encoding::BASE32_NOPAD;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::ClientConfig;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use sekisho_proto::wire;
use sekisho_proto::wire::enrolment_client::EnrolmentClient;
use tonic::transport::Channel;

use crate::connect;
use crate::pki::{self, Leaf};

/// One enrolled laptop.
pub(crate) struct Laptop {
    pub(crate) device_id: bytes::Bytes,
    pub(crate) marks: wire::Marks,
    pub(crate) config: Arc<ClientConfig>,
}

/// Enrols `count` laptops by one token, over a few connections side by side.
pub(crate) async fn enrol(
    server: SocketAddr,
    root: &CertificateDer<'static>,
    token: &str,
    count: usize,
) -> Result<Vec<Laptop>> {
    let secret = secret(token)?;
    let lanes = 8.min(count);
    let mut tasks = tokio::task::JoinSet::new();
    for lane in 0..lanes {
        let config = pki::anonymous_config(root)?;
        let channel = connect::channel(server, config, 0).await?;
        let (secret, root) = (secret.clone(), root.clone());
        let numbers: Vec<usize> = (lane..count).step_by(lanes).collect();
        tasks.spawn(async move {
            let mut laptops = Vec::with_capacity(numbers.len());
            for number in numbers {
                laptops.push(one(channel.clone(), &root, secret.clone(), number).await?);
            }
            Ok::<_, anyhow::Error>(laptops)
        });
    }
    let mut laptops = Vec::with_capacity(count);
    while let Some(lane) = tasks.join_next().await {
        laptops.extend(lane??);
    }
    Ok(laptops)
}

/// The secret part of a printed token.
fn secret(token: &str) -> Result<bytes::Bytes> {
    let part = token
        .split('.')
        .nth(1)
        .context("the token has no secret part")?;
    Ok(BASE32_NOPAD
        .decode(part.to_ascii_uppercase().as_bytes())?
        .into())
}

async fn one(
    channel: Channel,
    root: &CertificateDer<'static>,
    token: bytes::Bytes,
    number: usize,
) -> Result<Laptop> {
    let mut client = EnrolmentClient::new(channel);
    let nonce = client
        .begin(wire::BeginRequest {})
        .await?
        .into_inner()
        .nonce;
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let csr = CertificateParams::new(Vec::new())?.serialize_request(&key)?;
    let marks = marks(number);
    let request = wire::EnrolRequest {
        proof: proof(&key, &nonce)?,
        nonce,
        token,
        csr: csr.der().to_vec().into(),
        marks: Some(marks.clone()),
    };
    let answer = client.enrol(request).await?.into_inner();
    let chain = answer.chain.iter().map(|der| der.to_vec().into()).collect();
    let leaf = Leaf {
        chain,
        key: PrivatePkcs8KeyDer::from(key.serialize_der()),
    };
    let config = pki::client_config(root, &leaf)?;
    Ok(Laptop {
        device_id: answer.device_id,
        marks,
        config,
    })
}

fn proof(key: &KeyPair, nonce: &[u8]) -> Result<bytes::Bytes> {
    let signer = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &key.serialize_der())?;
    let message = [b"sekisho enrol v1\0".as_slice(), nonce].concat();
    Ok(signer
        .sign(&SystemRandom::new(), &message)?
        .as_ref()
        .to_vec()
        .into())
}

fn marks(number: usize) -> wire::Marks {
    use wire::text_reading::Reading;
    let known = |text: String| {
        Some(wire::TextReading {
            reading: Some(Reading::Known(text)),
        })
    };
    let absent = || {
        Some(wire::TextReading {
            reading: Some(Reading::Absent(wire::Absent {})),
        })
    };
    wire::Marks {
        hostname: format!("laptop-{number:05}"),
        product_uuid: absent(),
        serial: absent(),
        machine_mark: known(format!("{number:064x}")),
        boot_id: known(format!("{number:032x}")),
    }
}
