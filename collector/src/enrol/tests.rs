//! Tests of renewal, in time and late, over months that a test does not have.
//!
//! Touches a store in a temporary folder. Must never wait for time to pass.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519};
use sekisho_policy::reading::Reading;
use sekisho_policy::time::Span;

use super::*;
use crate::limits::{CERTIFICATES_MAX, NONCE_SECS, NONCES_USED_MAX};
use crate::store::sqlite::SqliteStore;

const START: Timestamp = Timestamp::from_secs(1_795_379_612);

struct Desk {
    enrolment: Enrolment,
    token: TokenSecret,
    key: KeyPair,
    _dir: tempfile::TempDir,
}

impl Desk {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keys = Arc::new(Keys::create(&dir.path().join("keys"), &[], START).unwrap());
        let signer = Arc::clone(&keys.audit);
        let store: Arc<dyn Store> =
            Arc::new(SqliteStore::make(&dir.path().join("store"), signer).unwrap());
        let token = TokenSecret::draw().unwrap();
        let row = Token {
            id: token.id(),
            digest: token.digest(),
            note: String::new(),
            group: String::new(),
            approves: true,
            uses_left: 1,
            created_at: START,
            expires_at: START.after(Span::from_days(7)),
            withdrawn: false,
        };
        store.token_add(row, vec![]).await.unwrap();
        Self {
            enrolment: Enrolment::new(store, keys).unwrap(),
            token,
            key: KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap(),
            _dir: dir,
        }
    }

    fn csr(&self) -> Vec<u8> {
        let request = CertificateParams::default().serialize_request(&self.key);
        request.unwrap().der().to_vec()
    }

    async fn enrol(&self) -> Enrolled {
        let nonce = self.enrolment.begin(START).unwrap();
        let application = Application {
            nonce: &nonce,
            token: self.token.bytes(),
            csr: &self.csr(),
            proof: &sign(&self.key, &[ENROL_LABEL, &nonce]),
            marks: &marks(),
            address: "192.0.2.1:1",
        };
        self.enrolment.enrol(application, START).await.unwrap()
    }

    /// Asks for a late renewal with a proof by `signer`.
    async fn renew_late(
        &self,
        certificate: &[u8],
        signer: &KeyPair,
        now: Timestamp,
    ) -> Result<Enrolled, EnrolError> {
        let nonce = self.enrolment.begin(now).unwrap();
        let csr = self.csr();
        let renewal = LateRenewal {
            nonce: &nonce,
            certificate,
            csr: &csr,
            proof: &sign(signer, &[RENEW_LABEL, &nonce, &csr]),
        };
        self.enrolment.renew_expired(renewal, now).await
    }

    /// Asks for a renewal over a connection by the device's certificate of this place in its row.
    async fn renew(
        &self,
        id: DeviceId,
        shown: usize,
        now: Timestamp,
    ) -> Result<Enrolled, EnrolError> {
        let device = self.device(id).await;
        let shown = device.certificates[shown].fingerprint;
        self.enrolment.renew(device, shown, &self.csr(), now).await
    }

    async fn device(&self, id: DeviceId) -> Device {
        self.enrolment
            .store
            .device_fetch(id)
            .await
            .unwrap()
            .unwrap()
    }
}

fn marks() -> Marks {
    Marks {
        hostname: "aiko".to_owned(),
        product_uuid: Reading::Absent,
        serial: Reading::Absent,
        machine_mark: Reading::Absent,
        boot_id: Reading::Absent,
    }
}

fn sign(key: &KeyPair, parts: &[&[u8]]) -> Vec<u8> {
    let der = key.serialize_der();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &der).unwrap();
    let signature = key.sign(&SystemRandom::new(), &parts.concat()).unwrap();
    signature.as_ref().to_vec()
}

fn days(days: i64) -> Timestamp {
    START.after(Span::from_days(days))
}

#[tokio::test]
async fn a_laptop_that_slept_for_months_renews_by_the_proof_of_its_key() {
    let desk = Desk::new().await;
    let enrolled = desk.enrol().await;
    let now = days(90 + 300);
    let renewed = desk
        .renew_late(&enrolled.certificate, &desk.key, now)
        .await
        .unwrap();
    assert_eq!(renewed.device.id, enrolled.device.id);
    let certificates = desk.device(enrolled.device.id).await.certificates;
    assert_eq!(
        certificates.len(),
        2,
        "the old one stays until the new one is seen"
    );
    assert_eq!(certificates[1].not_after, now.after(Span::from_days(90)));
}

#[tokio::test]
async fn a_laptop_that_slept_for_more_than_a_year_enrols_anew() {
    let desk = Desk::new().await;
    let enrolled = desk.enrol().await;
    let refused = desk
        .renew_late(&enrolled.certificate, &desk.key, days(90 + 361))
        .await;
    assert!(matches!(refused, Err(EnrolError::TooLate { .. })));
    assert_eq!(desk.device(enrolled.device.id).await.certificates.len(), 1);
}

#[tokio::test]
async fn a_stolen_certificate_without_its_key_renews_nothing() {
    let desk = Desk::new().await;
    let enrolled = desk.enrol().await;
    let thief = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let refused = desk
        .renew_late(&enrolled.certificate, &thief, days(100))
        .await;
    assert!(matches!(refused, Err(EnrolError::NoProof)));
    assert_eq!(desk.device(enrolled.device.id).await.certificates.len(), 1);
}

#[tokio::test]
async fn a_revoked_certificate_is_not_renewed() {
    let desk = Desk::new().await;
    let enrolled = desk.enrol().await;
    let mut device = desk.device(enrolled.device.id).await;
    device.certificates.clear();
    desk.enrolment
        .store
        .device_change(device, vec![])
        .await
        .unwrap();
    let refused = desk
        .renew_late(&enrolled.certificate, &desk.key, days(100))
        .await;
    assert!(matches!(
        refused,
        Err(EnrolError::Refused(Refusal::Revoked(_)))
    ));
}

#[tokio::test]
async fn a_lost_laptop_is_not_renewed() {
    let desk = Desk::new().await;
    let enrolled = desk.enrol().await;
    let mut device = desk.device(enrolled.device.id).await;
    device.registration = Registration::Lost;
    desk.enrolment
        .store
        .device_change(device, vec![])
        .await
        .unwrap();
    let refused = desk
        .renew_late(&enrolled.certificate, &desk.key, days(100))
        .await;
    assert!(matches!(
        refused,
        Err(EnrolError::Refused(Refusal::NotAllowed { .. }))
    ));
}

#[tokio::test]
async fn a_suspended_laptop_that_asks_without_end_keeps_nobody_from_enrolling() {
    let desk = Desk::new().await;
    let enrolled = desk.enrol().await;
    let mut device = desk.device(enrolled.device.id).await;
    device.registration = Registration::Suspended;
    desk.enrolment
        .store
        .device_change(device, vec![])
        .await
        .unwrap();
    for _ in 0..=NONCES_USED_MAX {
        let refused = desk.renew_late(&enrolled.certificate, &desk.key, START);
        assert!(matches!(
            refused.await,
            Err(EnrolError::Refused(Refusal::NotAllowed { .. }))
        ));
    }
    let nonce = desk.enrolment.begin(START).unwrap();
    desk.enrolment.nonces.take(&nonce, START).unwrap();
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_not_renewed() {
    let desk = Desk::new().await;
    let enrolled = desk.enrol().await;
    let (other, _) = crate::authority::Authority::create(START).unwrap();
    let point = rcgen::PublicKeyData::der_bytes(&desk.key).to_vec();
    let key = DeviceKey::from_point(&point).unwrap();
    let alien = other.issue_device(enrolled.device.id, &key, START).unwrap();
    let refused = desk
        .renew_late(&alien.certificate, &desk.key, days(100))
        .await;
    assert!(matches!(
        refused,
        Err(EnrolError::Refused(Refusal::Revoked(_)))
    ));
}

#[tokio::test]
async fn renewing_over_and_over_is_stopped_and_goes_on_after_an_hour() {
    let desk = Desk::new().await;
    let id = desk.enrol().await.device.id;
    let mut now = days(60);
    for _ in 1..CERTIFICATES_MAX {
        desk.renew(id, 0, now).await.unwrap();
        now = now.after(Span::from_secs(1));
    }
    let refused = desk.renew(id, 0, now).await;
    assert!(matches!(refused, Err(EnrolError::TooOften)));
    let later = now.after(Span::from_hours(2));
    desk.renew(id, 0, later).await.unwrap();
    assert_eq!(desk.device(id).await.certificates.len(), CERTIFICATES_MAX);
}

#[tokio::test]
async fn however_often_it_is_renewed_the_certificate_shown_and_the_one_last_attached_by_stay() {
    let desk = Desk::new().await;
    let id = desk.enrol().await.device.id;
    desk.renew(id, 0, days(10)).await.unwrap();
    let held = desk.device(id).await.certificates;
    for day in 11..30 {
        desk.renew(id, 1, days(day)).await.unwrap();
    }
    let now = desk.device(id).await.certificates;
    assert_eq!((now.len(), &now[..2]), (CERTIFICATES_MAX, &held[..]));
}

#[tokio::test]
async fn a_nonce_that_is_too_old_stops_an_enrolment() {
    let desk = Desk::new().await;
    let enrolled = desk.enrol().await;
    let nonce = desk.enrolment.begin(START).unwrap();
    let csr = desk.csr();
    let renewal = LateRenewal {
        nonce: &nonce,
        certificate: &enrolled.certificate,
        csr: &csr,
        proof: &sign(&desk.key, &[RENEW_LABEL, &nonce, &csr]),
    };
    let late = START.after(Span::from_secs(NONCE_SECS));
    let refused = desk.enrolment.renew_expired(renewal, late).await;
    assert!(matches!(refused, Err(EnrolError::Nonce(NonceError::Stale))));
}

#[test]
fn a_key_of_another_kind_and_a_request_signed_by_another_key_are_refused() {
    let ed25519 = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let csr = CertificateParams::default()
        .serialize_request(&ed25519)
        .unwrap();
    assert_eq!(request::request_key(csr.der()), Err(RequestError::OtherKey));
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let csr = CertificateParams::default()
        .serialize_request(&key)
        .unwrap();
    let mut altered = csr.der().to_vec();
    let last = altered.len() - 1;
    altered[last] ^= 1;
    assert!(request::request_key(&altered).is_err());
    assert_eq!(
        request::request_key(csr.der()).unwrap().point().as_slice(),
        rcgen::PublicKeyData::der_bytes(&key)
    );
}

#[tokio::test]
async fn what_proves_nothing_takes_no_nonce_off_those_who_enrol() {
    let desk = Desk::new().await;
    let marks = marks();
    for _ in 0..=NONCES_USED_MAX {
        let nonce = desk.enrolment.begin(START).unwrap();
        let application = Application {
            nonce: &nonce,
            token: b"x",
            csr: b"x",
            proof: b"x",
            marks: &marks,
            address: "192.0.2.1:1",
        };
        let refused = desk.enrolment.enrol(application, START).await;
        assert!(matches!(refused, Err(EnrolError::Request(_))));
    }
    desk.enrol().await;
}

#[tokio::test]
async fn who_comes_second_is_told_what_came_in_between() {
    let desk = Desk::new().await;
    let store = Arc::clone(&desk.enrolment.store);
    let token = store.token_list().await.unwrap().remove(0);
    store.token_withdraw(token.id, vec![]).await.unwrap();
    let marks = marks();
    let application = Application {
        nonce: b"",
        token: desk.token.bytes(),
        csr: b"",
        proof: b"",
        marks: &marks,
        address: "192.0.2.1:1",
    };
    let key = request::request_key(&desk.csr()).unwrap();
    // The token as it was read before it was withdrawn.
    let refused = desk
        .enrolment
        .first_issue(&application, &token, &key, START);
    assert!(matches!(refused.await, Err(EnrolError::TokenWithdrawn)));
}
