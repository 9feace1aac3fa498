//! Who becomes a device, and who does not.
//!
//! Touches a collector on loopback. Must never take a refusal for good without seeing that nothing changed.

use tonic::Code;

use sekisho_collector::clock;
use sekisho_collector::record::Token;
use sekisho_policy::time::Span;
use sekisho_proto::wire;

use crate::world::{Key, Laptop, World};

/// A request that must be refused: with this status, an entry in the log, and no device.
async fn refused(world: &World, request: wire::EnrolRequest, code: Code, said: &str) {
    let before = world.store().device_list(None, 10).await.unwrap().len();
    let noted = world.audited("enrolment.refused").await;
    let status = world.enrol(request).await.unwrap_err();
    assert_eq!(status.code(), code, "{status}");
    assert!(status.message().contains(said), "{status}");
    assert_eq!(world.audited("enrolment.refused").await, noted + 1);
    let after = world.store().device_list(None, 10).await.unwrap().len();
    assert_eq!(after, before);
}

async fn token_refused(change: impl FnOnce(&mut Token), code: Code, said: &str) {
    let world = World::new().await;
    let token = world.token(change).await;
    let request = world.request(&Laptop::new("aiko"), token.bytes()).await;
    refused(&world, request, code, said).await;
}

#[tokio::test]
async fn a_laptop_with_a_token_becomes_a_device_and_the_token_has_one_use_less() {
    let world = World::new().await;
    let token = world.token(|token| token.approves = false).await;
    let laptop = Laptop::new("aiko");
    let response = world
        .enrol(world.request(&laptop, token.bytes()).await)
        .await
        .unwrap();
    assert_eq!(response.agent_port, u32::from(world.agents.port()));
    let device = laptop.enrolled(response);
    let row = world.row(&device).await;
    assert_eq!(
        (row.name.as_str(), row.registration.name()),
        ("aiko", "pending")
    );
    assert_eq!(world.store().token_list().await.unwrap()[0].uses_left, 9);
    assert_eq!(world.audited("device.enrolled").await, 1);
}

#[tokio::test]
async fn a_wrong_token_is_refused() {
    let world = World::new().await;
    let request = world.request(&Laptop::new("aiko"), &[7; 20]).await;
    refused(&world, request, Code::Unauthenticated, "not known").await;
}

#[tokio::test]
async fn a_token_that_has_ended_is_refused() {
    let past = clock::now().after(Span::from_hours(-1));
    token_refused(
        |token| token.expires_at = past,
        Code::Unauthenticated,
        "ended at",
    )
    .await;
}

#[tokio::test]
async fn a_used_up_token_is_refused() {
    token_refused(
        |token| token.uses_left = 0,
        Code::ResourceExhausted,
        "used up",
    )
    .await;
}

#[tokio::test]
async fn a_withdrawn_token_is_refused() {
    token_refused(
        |token| token.withdrawn = true,
        Code::Unauthenticated,
        "withdrawn",
    )
    .await;
}

#[tokio::test]
async fn a_request_played_again_is_refused() {
    let world = World::new().await;
    let token = world.token(|_| {}).await;
    let request = world.request(&Laptop::new("aiko"), token.bytes()).await;
    world.enrol(request.clone()).await.unwrap();
    refused(&world, request, Code::Unauthenticated, "used before").await;
}

#[tokio::test]
async fn a_copied_request_with_a_fresh_nonce_is_refused_for_want_of_the_key() {
    let world = World::new().await;
    let token = world.token(|_| {}).await;
    let mut request = world.request(&Laptop::new("thief"), token.bytes()).await;
    request.csr = Key::new().csr().into();
    refused(&world, request, Code::Unauthenticated, "copied request").await;
}

#[tokio::test]
async fn a_laptop_that_lost_the_answer_asks_again_and_is_the_same_device() {
    let world = World::new().await;
    let token = world.token(|token| token.uses_left = 1).await;
    let laptop = Laptop::new("aiko");
    let first = world
        .enrol(world.request(&laptop, token.bytes()).await)
        .await
        .unwrap();
    let again = world
        .enrol(world.request(&laptop, token.bytes()).await)
        .await
        .unwrap();
    assert_eq!(first.device_id, again.device_id);
    assert_eq!(world.store().device_list(None, 10).await.unwrap().len(), 1);
    let device = laptop.enrolled(again);
    world.attach(&device, b"").await;
}

#[tokio::test]
async fn a_request_that_is_cut_short_or_too_long_is_refused_by_name() {
    let world = World::new().await;
    let token = world.token(|_| {}).await;
    let laptop = Laptop::new("aiko");
    let mut request = world.request(&laptop, token.bytes()).await;
    request.csr = request.csr.slice(..request.csr.len() - 1);
    refused(
        &world,
        request,
        Code::InvalidArgument,
        "certificate request",
    )
    .await;
    let mut request = world.request(&laptop, token.bytes()).await;
    request.csr = vec![0; 20_000].into();
    let status = world.enrol(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    assert!(status.message().contains("8192"), "{status}");
    let mut request = world.request(&laptop, token.bytes()).await;
    request.csr = vec![0; 100_000].into();
    let status = world.enrol(request).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange, "{status}");
    assert!(status.message().contains("65536"), "{status}");
    assert_eq!(world.audited("device.enrolled").await, 0);
}
