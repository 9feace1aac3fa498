//! Orders and policy through the admin interface, as a laptop's stream gets them.
//!
//! Touches what the cast touches.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::time::timeout;

use sekisho_policy::break_glass::{self, Response};
use sekisho_policy::document::Policy;
use sekisho_policy::id::Generation;
use sekisho_policy::order::Access;
use sekisho_proto::order::{OrderBody, open};
use sekisho_proto::wire::from_collector::Body;

use super::cast::{World, code, raw};
use crate::hub::{Attachment, Event};
use crate::keys::verify;

/// The next message on a stream.
#[track_caller]
fn received(stream: &Attachment) -> Body {
    let waker = Context::from_waker(Waker::noop());
    let event = stream.line().poll_event(&waker);
    let Poll::Ready(Event::Send(message)) = event else {
        panic!("nothing was sent: {event:?}");
    };
    message.body.clone().unwrap()
}

#[tokio::test]
async fn an_isolation_reaches_the_stream_though_who_asked_has_hung_up() {
    let world = World::new().await;
    let aiko = world.laptop("aiko-pc", 1).await;
    let stream = world.desk.hub.attach(aiko, Arc::default());
    let asked = json!({ "access": "isolated", "devices": ["aiko-pc"], "reason": "x" }).to_string();
    let head = "POST /v1/orders HTTP/1.1\r\nHost: collector\r\nContent-Type: application/json";
    let request = format!("{head}\r\nContent-Length: {}\r\n\r\n{asked}", asked.len());
    let mut peer = UnixStream::connect(world.socket()).await.unwrap();
    peer.write_all(request.as_bytes()).await.unwrap();
    drop(peer);
    let sent = poll_fn(|cx| stream.line().poll_event(cx));
    let sent = timeout(Duration::from_secs(20), sent).await;
    assert!(matches!(sent, Ok(Event::Send(_))), "{sent:?}");
}

#[tokio::test]
async fn an_isolation_reaches_the_stream_signed_for_that_device() {
    let world = World::new().await;
    let aiko = world.laptop("aiko-pc", 1).await;
    let stream = world.desk.hub.attach(aiko, Arc::default());
    let asked = json!({
        "access": "isolated",
        "devices": ["aiko-pc"],
        "reason": "マルウェア検知",
        "until": "2099-01-01T00:00:00Z",
        "allow": [
            { "address": "192.0.2.9", "port": 443 },
            { "address": "2001:db8::9", "port": 51820, "transport": "udp" },
        ],
    });
    let given = world.post("/v1/orders", asked).await.unwrap();
    assert_eq!(given["results"][0]["sent"], true);
    let Body::Order(signed) = received(&stream) else {
        panic!("no order");
    };
    let public = *world.desk.keys.orders.public_key();
    let opened = open(&signed, |_, message, signature| {
        verify(&public, message, signature)
    });
    let OrderBody::State(order) = opened.unwrap() else {
        panic!("no state");
    };
    assert_eq!(order.device, aiko);
    assert_eq!(order.access, Access::Isolated);
    assert_eq!(order.reason, "マルウェア検知");
    let allowed: Vec<_> = order.allow.iter().map(ToString::to_string).collect();
    assert_eq!(allowed, ["192.0.2.9:443", "[2001:db8::9]:51820/udp"]);
    let device = world.fetch("/v1/devices/aiko-pc").await;
    assert_eq!(device["order"]["generation"], order.generation.0);
    assert_eq!(device["order"]["until"], "2099-01-01T00:00:00Z");
    let allow = json!([
        { "address": "192.0.2.9", "port": 443, "transport": "tcp" },
        { "address": "2001:db8::9", "port": 51820, "transport": "udp" },
    ]);
    assert_eq!(device["order"]["allow"], allow);
}

#[tokio::test]
async fn one_unknown_device_does_not_keep_the_order_from_the_others() {
    let world = World::new().await;
    world.laptop("aiko-pc", 1).await;
    world.laptop("ben-pc", 2).await;
    let retire = json!({ "action": "retire", "reason": "scrapped" });
    world
        .post("/v1/devices/ben-pc/registration", retire)
        .await
        .unwrap();
    let devices = ["aiko-pc", "mallory", "ben-pc", "aiko-pc"];
    let asked = json!({ "access": "isolated", "devices": devices, "reason": "worm" });
    let given = world.post("/v1/orders", asked).await.unwrap();
    assert_eq!(
        (&given["recorded"], &given["failed"]),
        (&json!(1), &json!(2))
    );
    let mut codes: Vec<_> = given["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["error"]["code"].as_str())
        .collect();
    codes.sort_unstable();
    assert_eq!(codes, ["no_such_device", "out_of_use"]);
}

#[tokio::test]
async fn the_fleet_is_isolated_at_once_and_released_at_once() {
    let world = World::new().await;
    for number in 1..=20 {
        world.laptop(&format!("pc-{number}"), number).await;
    }
    let all = |access| json!({ "access": access, "all": true, "reason": "worm" });
    assert_eq!(
        world.post("/v1/orders", all("full")).await.unwrap()["failed"],
        20
    );
    assert_eq!(
        world.post("/v1/orders", all("isolated")).await.unwrap()["recorded"],
        20
    );
    let device = world.fetch("/v1/devices/pc-7").await;
    assert_eq!(device["order"]["access"], "isolated");
    assert_eq!(
        world.post("/v1/orders", all("full")).await.unwrap()["recorded"],
        20
    );
    let device = world.fetch("/v1/devices/pc-7").await;
    assert_eq!(device["order"]["access"], "full");
    assert_eq!(device["order"]["generation"], 2);
}

#[tokio::test]
async fn orders_given_at_the_same_moment_never_share_a_generation() {
    let world = World::new().await;
    world.laptop("aiko-pc", 1).await;
    let asked = |n: u8| {
        let reason = format!("officer {n}");
        json!({ "access": "isolated", "devices": ["aiko-pc"], "reason": reason })
    };
    let (a, b, c) = tokio::join!(
        world.post("/v1/orders", asked(1)),
        world.post("/v1/orders", asked(2)),
        world.post("/v1/orders", asked(3)),
    );
    let generation = |given: Value| given["results"][0]["generation"].as_u64().unwrap();
    let mut generations = [a, b, c].map(|given| generation(given.unwrap()));
    generations.sort_unstable();
    assert_eq!(generations, [1, 2, 3]);
}

#[tokio::test]
async fn an_applied_policy_is_in_force_and_told_to_laptops() {
    let world = World::new().await;
    let aiko = world.laptop("aiko-pc", 1).await;
    let stream = world.desk.hub.attach(aiko, Arc::default());
    let text = format!("# Ours.\n{}", Policy::shipped_text());
    let apply = |text: String| world.client.send_text::<Value>("/v1/policy", text);
    assert_eq!(world.fetch("/v1/policy").await["version"], 0);
    let applied = raw(apply(text.clone()).await).unwrap();
    assert_eq!(applied["version"], 1);
    assert!(matches!(received(&stream), Body::Policy(told) if told.text == text));
    assert_eq!(world.desk.policy.current().text, text);
    assert_eq!(raw(apply(text.clone()).await).unwrap()["unchanged"], true);
    assert_eq!(world.fetch("/v1/policy").await["text"], text);
}

#[tokio::test]
async fn a_bad_policy_leaves_the_last_good_one_in_force() {
    let world = World::new().await;
    let good = format!("# Ours.\n{}", Policy::shipped_text());
    let apply = |text: String| world.client.send_text::<Value>("/v1/policy", text);
    apply(good.clone()).await.unwrap();
    assert_eq!(
        code(apply(format!("{good}\nno_such_key = 1\n")).await),
        "bad_policy"
    );
    assert_eq!(code(apply("x".repeat(10 * 1024 * 1024)).await), "too_large");
    assert_eq!(world.fetch("/v1/policy").await["text"], good);
    assert_eq!(world.desk.policy.current().version, 1);
}

#[tokio::test]
async fn a_code_answers_the_challenge_of_its_device_and_no_other() {
    let world = World::new().await;
    let aiko = world.laptop("aiko-pc", 1).await;
    let ben = world.laptop("ben-pc", 2).await;
    let challenge = break_glass::challenge(&[9; 32], aiko, Generation(1));
    let asked = json!({ "challenge": challenge.to_string(), "hours": 4, "reason": "no network" });
    let answer = world.post("/v1/devices/aiko-pc/code", asked).await.unwrap();
    let code_given = Response::parse(answer["code"].as_str().unwrap()).unwrap();
    let lifts = |device| {
        let secret = world.desk.keys.device_secret(device);
        break_glass::verify(&secret, &challenge, &code_given)
    };
    assert_eq!((lifts(aiko), lifts(ben)), (Some(4), None));
    assert_eq!(
        world.deeds().await.last().unwrap().0,
        "break_glass.code_given"
    );
    let wrong = json!({ "challenge": "short", "hours": 4, "reason": "x" });
    assert_eq!(
        code(world.post("/v1/devices/aiko-pc/code", wrong).await),
        "no_code"
    );
    let long = json!({ "challenge": challenge.to_string(), "hours": 25, "reason": "x" });
    assert_eq!(
        code(world.post("/v1/devices/aiko-pc/code", long).await),
        "out_of_range"
    );
}

#[tokio::test]
async fn an_order_for_a_number_that_has_changed_is_given_to_nobody() {
    let world = World::new().await;
    world.laptop("aiko-pc", 1).await;
    let stream = world
        .desk
        .hub
        .attach(world.laptop("ben-pc", 2).await, Arc::default());
    let asked = |expected: Option<usize>| json!({ "access": "isolated", "all": true, "reason": "worm", "expected": expected });
    let preview = world.post("/v1/orders/preview", asked(None)).await.unwrap();
    assert_eq!(
        (&preview["count"], &preview["attached"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(preview["devices"][0]["name"], "aiko-pc");
    world.laptop("chie-pc", 3).await;
    let refused = world.post("/v1/orders", asked(Some(2))).await;
    assert_eq!(code(refused), "other_count");
    assert_eq!(
        world.fetch("/v1/devices/ben-pc").await["order"],
        Value::Null
    );
    let given = world.post("/v1/orders", asked(Some(3))).await.unwrap();
    assert_eq!(given["recorded"], 3);
    received(&stream);
    let release = json!({ "access": "full", "devices": ["aiko-pc", "mallory"], "reason": "over" });
    let preview = world.post("/v1/orders/preview", release).await.unwrap();
    assert_eq!(
        (&preview["count"], &preview["refused"]),
        (&json!(1), &json!(1))
    );
}
