//! What the admin interface refuses, each by the name of its reason.
//!
//! Touches what the cast touches.

use hyper::Method;
use nix::unistd::Uid;
use serde_json::{Value, json};

use super::cast::{World, code};
use crate::admin::{AdminError, bind, named};
use crate::audit::AuditEntry;
use crate::audit::entry::decode;
use crate::client::{Client, ClientError};
use crate::record::Actor;

#[tokio::test]
async fn bad_input_is_refused_by_name_and_changes_nothing() {
    let world = World::new().await;
    world.laptop("aiko-pc", 1).await;
    let order = |change: Value| {
        let mut order = json!({ "access": "isolated", "devices": ["aiko-pc"], "reason": "x" });
        let change = change.as_object().unwrap().clone();
        order.as_object_mut().unwrap().extend(change);
        order
    };
    let allow: Vec<_> = (0..65)
        .map(|_| json!({ "address": "::1", "port": 1 }))
        .collect();
    let token = |uses: u64, secs: u64| json!({ "uses": uses, "valid_secs": secs });
    let rows = [
        ("/v1/orders", order(json!({ "reason": "" })), "missing"),
        (
            "/v1/orders",
            order(json!({ "reason": "字".repeat(501) })),
            "too_long",
        ),
        (
            "/v1/orders",
            order(json!({ "reason": "a\u{202e}b" })),
            "control_character",
        ),
        (
            "/v1/orders",
            order(json!({ "until": "2001-01-01T00:00:00Z" })),
            "not_ahead",
        ),
        (
            "/v1/orders",
            order(json!({ "until": "tomorrow" })),
            "malformed",
        ),
        (
            "/v1/orders",
            order(json!({ "access": "run" })),
            "not_one_of",
        ),
        ("/v1/orders", order(json!({ "command": "rm" })), "malformed"),
        ("/v1/orders", order(json!({ "all": true })), "malformed"),
        ("/v1/orders", order(json!({ "allow": allow })), "too_many"),
        (
            "/v1/orders",
            order(json!({ "allow": [{ "address": "::1", "port": 1, "transport": "sctp" }] })),
            "not_one_of",
        ),
        (
            "/v1/orders",
            order(json!({ "devices": vec!["x"; 501] })),
            "too_many",
        ),
        (
            "/v1/orders",
            order(json!({ "reason": "x".repeat(600_000) })),
            "too_large",
        ),
        (
            "/v1/orders",
            json!({ "access": "isolated", "group": "typo", "reason": "x" }),
            "nobody",
        ),
        ("/v1/orders", json!([]), "malformed"),
        ("/v1/tokens", token(0, 60), "out_of_range"),
        ("/v1/tokens", token(1, 0), "out_of_range"),
        ("/v1/tokens", token(1, u64::MAX), "out_of_range"),
        ("/v1/tokens", token(u64::MAX, 60), "malformed"),
        ("/v1/tokens/zz/withdrawal", json!(null), "malformed"),
        (
            "/v1/tokens/0123456789abcdef/withdrawal",
            json!(null),
            "not_found",
        ),
        (
            "/v1/devices/aiko-pc/registration",
            json!({ "action": "erase" }),
            "not_one_of",
        ),
        ("/v1/nothing", json!(null), "no_such_path"),
        ("/v1/devices", json!(null), "no_such_method"),
    ];
    for (path, body, reason) in rows.clone() {
        let shown: String = body.to_string().chars().take(100).collect();
        assert_eq!(code(world.post(path, body).await), reason, "{path} {shown}");
    }
    let device = world.fetch("/v1/devices/aiko-pc").await;
    assert_eq!(device["order"], Value::Null);
    assert_eq!(device["registration"], "pending");
    // Nothing was done, and each try is on record, with who tried.
    let deeds = world.deeds().await;
    assert_eq!(deeds.len(), rows.len());
    let me = Actor::Admin(named(Uid::effective()));
    let is_refusal = |(action, actor): &(String, Actor)| action == "admin.refused" && *actor == me;
    assert!(deeds.iter().all(is_refusal), "{deeds:?}");
}

#[tokio::test]
async fn a_file_that_the_socket_is_mistakenly_named_after_is_left_and_a_dead_socket_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("collector.toml");
    std::fs::write(&path, "precious").unwrap();
    let refused = bind(&path).unwrap_err();
    assert!(
        matches!(refused, AdminError::NotASocket { .. }),
        "{refused}"
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    let path = dir.path().join("admin.sock");
    drop(bind(&path).unwrap());
    bind(&path).unwrap();
}

#[tokio::test]
async fn a_refused_try_is_on_record_with_what_was_asked_and_why_not() {
    let world = World::new().await;
    let id = world.laptop("aiko-pc", 1).await;
    let asked = json!({ "action": "retire" });
    let path = format!("/v1/devices/{id}/registration");
    assert_eq!(code(world.post(&path, asked).await), "missing");
    for asked in ["/v1/policy/check", "/v1/policy/rehearsal"] {
        world.post(asked, json!(null)).await.unwrap_err();
    }
    world
        .client
        .fetch::<Value>("/v1/devices/mallory")
        .await
        .unwrap_err();
    let order = json!({ "access": "isolated", "devices": ["mallory"], "reason": "x" });
    world.post("/v1/orders", order).await.unwrap();
    let entries = world.desk.store.audit_entries(0, 9).await.unwrap();
    let entries: Vec<_> = entries.iter().map(|bytes| decode(bytes).unwrap()).collect();
    let [refused, unordered] = entries.as_slice() else {
        panic!("asking is no try: {entries:?}");
    };
    assert_eq!(refused.device, Some(id));
    let detail = |entry: &AuditEntry, name: &str| {
        let found = entry.details.iter().find(|(other, _)| other == name);
        found
            .unwrap_or_else(|| panic!("no {name}: {entry:?}"))
            .1
            .clone()
    };
    assert_eq!(detail(refused, "asked"), format!("POST {path}"));
    assert_eq!(detail(refused, "reason"), "missing");
    assert!(detail(refused, "request").contains("retire"));
    assert_eq!(unordered.action, "order.refused");
    assert_eq!(detail(unordered, "asked_for"), "mallory");
    assert_eq!(detail(unordered, "refused"), "no_such_device");
}

#[tokio::test]
async fn a_query_that_is_not_known_is_refused() {
    let world = World::new().await;
    for (query, reason) in [
        ("limit=many", "malformed"),
        ("sort=name", "malformed"),
        ("after=x", "malformed"),
        ("standing=good", "not_one_of"),
    ] {
        let path = format!("/v1/devices?{query}");
        let answer = world.client.fetch::<Value>(&path);
        assert_eq!(code(answer.await), reason, "{query}");
    }
}

#[tokio::test]
async fn a_token_is_shown_once_and_can_be_withdrawn() {
    let world = World::new().await;
    let asked = json!({ "uses": 3, "valid_secs": 60, "approve": true, "note": "spring" });
    let made = world.post("/v1/tokens", asked).await.unwrap();
    let secret = made["token"].as_str().unwrap().to_owned();
    let list = world.fetch("/v1/tokens").await;
    assert!(!list.to_string().contains(&secret));
    assert_eq!(list["tokens"][0]["id"], made["id"]);
    assert_eq!(list["tokens"][0]["withdrawn"], false);
    let path = format!("/v1/tokens/{}/withdrawal", made["id"].as_str().unwrap());
    world.post(&path, Value::Null).await.unwrap();
    let list = world.fetch("/v1/tokens").await;
    assert_eq!(list["tokens"][0]["withdrawn"], true);
    let deeds = world.deeds().await;
    assert_eq!(deeds.len(), 2);
    assert!(!format!("{deeds:?}").contains(&secret));
}

#[tokio::test]
async fn with_no_collector_the_client_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let client = Client::at(&dir.path().join("admin.sock"));
    let answer = client
        .send::<Value>(Method::POST, "/v1/orders", &json!(null))
        .await;
    assert!(
        matches!(answer, Err(ClientError::NotReachable { .. })),
        "{answer:?}"
    );
}
