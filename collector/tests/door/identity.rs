//! Whom the collector talks to: by the certificate, and by nothing else.
//!
//! Touches a collector on loopback. Must never take a refusal for good without its entry in the log.

use std::sync::Arc;

use rustls::NamedGroup;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::Code;

use sekisho_collector::authority::{Authority, DeviceKey};
use sekisho_collector::clock;
use sekisho_collector::config::SERVER_NAME;
use sekisho_policy::id::DeviceId;
use sekisho_policy::register::Registration;
use sekisho_policy::time::Span;
use sekisho_proto::wire::{self, from_agent, from_collector};

use crate::message::{message, report};
use crate::world::{Device, Laptop, World};

#[tokio::test]
async fn the_key_exchange_is_post_quantum_and_tls_is_1_3() {
    let world = World::new().await;
    let device = world.device("aiko").await;
    let connector = TlsConnector::from(Arc::new(world.client(Some(&device))));
    let socket = TcpStream::connect(world.agents).await.unwrap();
    let name = ServerName::try_from(SERVER_NAME).unwrap();
    let stream = connector.connect(name, socket).await.unwrap();
    let (_, session) = stream.get_ref();
    let group = session.negotiated_key_exchange_group().unwrap().name();
    assert_eq!(group, NamedGroup::X25519MLKEM768);
    assert_eq!(
        session.protocol_version(),
        Some(rustls::ProtocolVersion::TLSv1_3)
    );
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused_and_put_down() {
    let world = World::new().await;
    let mut device = world.device("aiko").await;
    let (other, _) = Authority::create(clock::now()).unwrap();
    let key = aws_lc_point(&device);
    device.chain = vec![
        other
            .issue_device(device.id, &key, clock::now())
            .unwrap()
            .certificate,
    ];
    world
        .open(&device, device.hello(b""))
        .await
        .map(|_| ())
        .unwrap_err();
    world.audited_soon("handshake.refused").await;
    assert!(!world.collector.hub.is_online(device.id));
}

#[tokio::test]
async fn without_a_certificate_no_agent_is_served() {
    let world = World::new().await;
    let channel = crate::world::channel(world.agents, world.client(None)).await;
    if let Ok(channel) = channel {
        let mut agent = wire::agent_client::AgentClient::new(channel);
        agent
            .renew(wire::RenewRequest { csr: vec![].into() })
            .await
            .unwrap_err();
    }
    world.audited_soon("handshake.refused").await;
}

#[tokio::test]
async fn another_devices_id_in_the_hello_is_refused_and_put_down() {
    let world = World::new().await;
    let (aiko, ken) = (world.device("aiko").await, world.device("ken").await);
    let mut talk = world.open(&aiko, ken.hello(b"")).await.unwrap();
    let status = talk.ended().await;
    assert_eq!(status.code(), Code::PermissionDenied, "{status}");
    assert!(status.message().contains(&ken.id.to_string()), "{status}");
    assert_eq!(world.audited("connection.refused").await, 1);
    assert_eq!(world.store().posture_fetch(ken.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_certificate_that_is_not_the_devices_any_more_is_refused() {
    let world = World::new().await;
    let device = world.device("aiko").await;
    let mut row = world.row(&device).await;
    row.certificates.clear();
    world.store().device_change(row, vec![]).await.unwrap();
    let status = refusal(&world, &device).await;
    assert_eq!(status.code(), Code::Unauthenticated, "{status}");
    assert_eq!(world.audited("connection.refused").await, 1);
}

#[tokio::test]
async fn a_device_that_the_register_does_not_know_is_refused() {
    let world = World::new().await;
    let mut device = world.device("aiko").await;
    device.id = DeviceId::from_bytes([9; 16]);
    let key = aws_lc_point(&device);
    let authority = &world.collector.keys.authority;
    device.chain = vec![
        authority
            .issue_device(device.id, &key, clock::now())
            .unwrap()
            .certificate,
    ];
    assert_eq!(refusal(&world, &device).await.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn suspension_cuts_a_live_stream_at_once_and_keeps_the_device_out() {
    let (world, device, mut talk) = World::with_device().await;
    let mut row = world.row(&device).await;
    row.registration = Registration::Suspended;
    world.store().device_change(row, vec![]).await.unwrap();
    assert!(world.collector.hub.cut(device.id, "suspended"));
    talk.ended().await;
    let status = refusal(&world, &device).await;
    assert_eq!(status.code(), Code::PermissionDenied, "{status}");
    assert!(status.message().contains("suspended"), "{status}");
}

#[tokio::test]
async fn a_change_of_the_register_is_told_on_the_stream() {
    let (world, device, mut talk) = World::with_device().await;
    let mut row = world.row(&device).await;
    row.registration = Registration::Pending;
    world.store().device_change(row, vec![]).await.unwrap();
    world.collector.hub.changed(device.id);
    let from_collector::Body::Register(entry) = talk.heard().await else {
        panic!("not the register");
    };
    assert_eq!(entry.registration(), wire::Registration::Pending);
}

#[tokio::test]
async fn a_second_stream_of_a_device_replaces_the_first() {
    let world = World::new().await;
    let device = world.device("aiko").await;
    let (mut first, welcome) = world.attach(&device, b"").await;
    let (mut second, _) = world.attach(&device, &welcome.thread).await;
    assert_eq!(first.ended().await.code(), Code::Aborted);
    second
        .say(from_agent::Body::Pulse(wire::Pulse { number: 5 }))
        .await;
    assert!(
        matches!(second.heard().await, from_collector::Body::Pulse(pulse) if pulse.number == 5)
    );
}

#[tokio::test]
async fn a_copy_of_a_devices_disk_becomes_a_case_and_neither_is_believed() {
    let world = World::new().await;
    let device = world.device("aiko").await;
    let (_first, copied) = world.attach(&device, b"").await;
    let (_second, _) = world.attach(&device, &copied.thread).await;
    let (_third, _) = world.attach(&device, &copied.thread).await;
    let row = world.row(&device).await;
    assert_eq!(
        row.clones, None,
        "the mark before the last is good once more"
    );
    let (mut copy, welcome) = world.attach(&device, b"").await;
    assert!(welcome.register.unwrap().cloned);
    copy.say(from_agent::Body::Report(report(1, true))).await;
    assert!(matches!(copy.heard().await, from_collector::Body::Busy(busy) if busy.sequence == 1));
    let posture = world.posture(&device).await;
    assert_eq!(posture.sequence.0, 0);
    assert_eq!(world.audited("device.clone_noticed").await, 1);
}

#[tokio::test]
async fn a_certificate_on_another_machine_becomes_a_case_that_shows_both() {
    let world = World::new().await;
    let mut device = world.device("aiko").await;
    let (_, welcome) = world.attach(&device, b"").await;
    device.laptop.serial = "another".to_owned();
    let (_, welcome) = world.attach(&device, &welcome.thread).await;
    assert!(welcome.register.unwrap().cloned);
    let row = world.row(&device).await;
    let case = row.clones.unwrap();
    assert_eq!(case.by, "serial");
    assert_ne!(case.known.serial, case.came.serial);
}

#[tokio::test]
async fn a_renewed_certificate_is_used_and_the_old_one_ends_when_the_new_one_is_seen() {
    let world = World::new().await;
    let device = world.device("aiko").await;
    let renewed = renewed(&world, &device).await.unwrap();
    let (_, welcome) = world.attach(&device, b"").await;
    world.attach(&renewed, &welcome.thread).await;
    assert_eq!(refusal(&world, &device).await.code(), Code::Unauthenticated);
}

/// Renews over the device's own connection.
async fn renewed(world: &World, device: &Device) -> Result<Device, tonic::Status> {
    let request = wire::RenewRequest {
        csr: device.laptop.key.csr().into(),
    };
    let answer = world.agent(device).await.renew(request).await?.into_inner();
    Ok(Device {
        id: device.id,
        chain: vec![answer.chain.first().unwrap().to_vec().into()],
        laptop: Laptop {
            key: device.laptop.key.copy(),
            ..Laptop::new(&device.laptop.hostname)
        },
    })
}

#[tokio::test]
async fn a_copy_that_renews_does_not_lock_the_laptop_out() {
    let world = World::new().await;
    let device = world.device("aiko").await;
    let (_first, first) = world.attach(&device, b"").await;
    let (_second, second) = world.attach(&device, &first.thread).await;
    let copy = renewed(&world, &device).await.unwrap();
    let (_copy, welcome) = world.attach(&copy, b"").await;
    assert!(welcome.register.unwrap().cloned);
    let (_third, welcome) = world.attach(&device, &second.thread).await;
    assert!(welcome.register.unwrap().cloned);
    for one in [&device, &copy] {
        let refused = renewed(&world, one).await.map(|_| ()).unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
    }
    assert_eq!(world.row(&device).await.certificates.len(), 2);
    assert_eq!(world.audited("renewal.refused").await, 2);
}

#[tokio::test]
async fn a_laptop_that_enrolled_while_the_collectors_clock_ran_ahead_is_let_in_when_it_is_right() {
    let ahead = || clock::now().after(Span::from_days(365));
    let world = World::under(ahead, clock::now(), |store| store).await;
    let token = world.token(|token| token.expires_at = ahead().after(Span::from_hours(1)));
    let laptop = Laptop::new("aiko");
    let request = world.request(&laptop, token.await.bytes()).await;
    let device = laptop.enrolled(world.enrol(request).await.unwrap());
    // Handshakes go by the clock of this machine, which is right.
    let (_talk, welcome) = world.attach(&device, b"").await;
    assert!(!welcome.register.unwrap().cloned);
}

#[tokio::test]
async fn a_stream_that_does_not_begin_with_a_hello_is_ended() {
    let world = World::new().await;
    let device = world.device("aiko").await;
    let pulse = message(from_agent::Body::Pulse(wire::Pulse { number: 1 }));
    let mut talk = world.open(&device, pulse).await.unwrap();
    assert_eq!(talk.ended().await.code(), Code::InvalidArgument);
}

async fn refusal(world: &World, device: &Device) -> tonic::Status {
    match world.open(device, device.hello(b"")).await {
        Ok(mut talk) => talk.ended().await,
        Err(status) => status,
    }
}

fn aws_lc_point(device: &Device) -> DeviceKey {
    DeviceKey::from_point(&device.laptop.key.point()).unwrap()
}
