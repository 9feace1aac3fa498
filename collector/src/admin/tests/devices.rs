//! The register through the admin interface: each change is seen by another request.
//!
//! Touches what the cast touches.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use sekisho_policy::time::Span;
use serde_json::json;

use super::cast::{World, code, marks};
use crate::audit::entry::decode;
use crate::clock;
use crate::hub::{Attachment, Closer, Event};
use crate::record::{Actor, CloneCase};

fn event(attachment: &Attachment) -> Poll<Event> {
    attachment
        .line()
        .poll_event(&Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn a_device_goes_by_its_id_a_part_of_it_or_its_host_name() {
    let world = World::new().await;
    let aiko = world.laptop("aiko-pc", 0x1a).await.to_string();
    world.laptop("ben-pc", 0x1b).await;
    let mut names = vec!["aiko-pc", "AIKO-PC", &aiko, &aiko[..6], &aiko[24..]];
    for name in names.drain(..) {
        let device = world.fetch(&format!("/v1/devices/{name}")).await;
        assert_eq!(device["id"], *aiko, "{name}");
    }
    for (name, reason) in [("1a1", "no_such_device"), ("mallory", "no_such_device")] {
        let path = format!("/v1/devices/{name}");
        let answer = world.client.fetch::<serde_json::Value>(&path);
        assert_eq!(code(answer.await), reason, "{name}");
    }
}

#[tokio::test]
async fn two_devices_of_one_name_are_not_mixed_up() {
    let world = World::new().await;
    world.laptop("laptop", 1).await;
    world.laptop("laptop", 2).await;
    let asked = json!({ "action": "retire", "reason": "scrapped" });
    let answer = world.post("/v1/devices/laptop/registration", asked).await;
    assert_eq!(code(answer), "ambiguous");
    let list = world.fetch("/v1/devices?registration=pending").await;
    assert_eq!(list["devices"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_approval_is_seen_in_the_list_and_told_to_the_stream() {
    let world = World::new().await;
    let aiko = world.laptop("aiko-pc", 1).await;
    let stream = world.desk.hub.attach(aiko, Arc::default());
    let asked = json!({ "action": "approve", "until": "2099-01-01T00:00:00+09:00" });
    world
        .post("/v1/devices/aiko-pc/registration", asked)
        .await
        .unwrap();
    let list = world.fetch("/v1/devices?registration=approved").await;
    assert_eq!(list["devices"][0]["name"], "aiko-pc");
    assert_eq!(list["devices"][0]["approved_until"], "2098-12-31T15:00:00Z");
    assert_eq!(list["devices"][0]["attached"], true);
    assert_eq!(event(&stream), Poll::Ready(Event::Changed));
    let (deed, actor) = world.deeds().await.pop().unwrap();
    assert_eq!(deed, "device.approved");
    assert!(matches!(actor, Actor::Admin(name) if !name.is_empty()));
}

#[tokio::test]
async fn a_suspended_device_is_cut_off_at_once_and_can_come_back() {
    let world = World::new().await;
    let aiko = world.laptop("aiko-pc", 1).await;
    let closer = Arc::new(Closer::default());
    let stream = world.desk.hub.attach(aiko, Arc::clone(&closer));
    let path = "/v1/devices/aiko-pc/registration";
    let asked = json!({ "action": "suspend", "reason": "incident 12" });
    let row = world.post(path, asked).await.unwrap();
    assert_eq!(row["registration"], "suspended");
    assert_eq!(row["certificates"].as_array().unwrap().len(), 1);
    assert!(closer.is_closed() && stream.is_ended());
    let again = json!({ "action": "suspend", "reason": "again" });
    assert_eq!(code(world.post(path, again).await), "refused_transition");
    let row = world
        .post(path, json!({ "action": "approve" }))
        .await
        .unwrap();
    assert_eq!(row["registration"], "approved");
}

#[tokio::test]
async fn a_lost_device_is_isolated_then_cut_off_and_its_certificates_revoked() {
    let world = World::new().await;
    world.laptop("aiko-pc", 1).await;
    let path = "/v1/devices/aiko-pc/registration";
    let reasonless = json!({ "action": "lose" });
    assert_eq!(code(world.post(path, reasonless).await), "missing");
    let asked = json!({ "action": "lose", "reason": "left on a train" });
    let row = world.post(path, asked).await.unwrap();
    assert_eq!(row["registration"], "lost");
    assert_eq!(row["certificates"], json!([]));
    let device = world.fetch("/v1/devices/aiko-pc").await;
    assert_eq!(device["order"]["access"], "isolated");
    assert_eq!(device["order"]["reason"], "left on a train");
    let deeds: Vec<_> = world
        .deeds()
        .await
        .into_iter()
        .map(|(deed, _)| deed)
        .collect();
    assert!(
        deeds.ends_with(&["order.issued".to_owned(), "device.lost".to_owned()]),
        "{deeds:?}"
    );
}

#[tokio::test]
async fn fields_are_filled_in_one_by_one_and_a_group_must_exist() {
    let world = World::new().await;
    world.laptop("aiko-pc", 1).await;
    let patch = |body| {
        let client = world.client.clone();
        async move {
            let path = "/v1/devices/aiko-pc";
            let method = hyper::Method::PATCH;
            client.send::<serde_json::Value>(method, path, &body).await
        }
    };
    patch(json!({ "owner": "佐藤愛子" })).await.unwrap();
    patch(json!({ "data_class": "secret", "asset_number": "PC-0042" }))
        .await
        .unwrap();
    assert_eq!(
        code(patch(json!({ "group": "nobody" })).await),
        "no_such_group"
    );
    assert_eq!(
        code(patch(json!({ "data_class": "top" })).await),
        "not_one_of"
    );
    let device = world.fetch("/v1/devices/aiko-pc").await;
    assert_eq!(device["owner"], "佐藤愛子");
    assert_eq!(device["data_class"], "secret");
    assert_eq!(device["asset_number"], "PC-0042");
    assert_eq!(device["group"], "");
}

#[tokio::test]
async fn a_clone_case_shows_both_machines_until_one_is_kept() {
    let world = World::new().await;
    let aiko = world.laptop("aiko-pc", 1).await;
    let mut row = world.desk.store.device_fetch(aiko).await.unwrap().unwrap();
    row.clones = Some(CloneCase {
        noticed_at: clock::now(),
        by: "product_uuid".to_owned(),
        known: row.marks.clone(),
        came: marks("copy"),
        came_from: "192.0.2.7:40000".to_owned(),
    });
    world.desk.store.device_change(row, vec![]).await.unwrap();
    let device = world.fetch("/v1/devices/aiko-pc").await;
    assert_eq!(device["clones"]["known"]["hostname"], "aiko-pc");
    assert_eq!(device["clones"]["came"]["hostname"], "copy");
    let closer = Arc::new(Closer::default());
    let _stream = world.desk.hub.attach(aiko, Arc::clone(&closer));
    let asked = json!({ "keep": "came", "reason": "main board replaced" });
    let path = "/v1/devices/aiko-pc/clone";
    world.post(path, asked.clone()).await.unwrap();
    let device = world.fetch("/v1/devices/aiko-pc").await;
    assert_eq!(device["clones"], serde_json::Value::Null);
    assert_eq!(device["machine"]["hostname"], "copy");
    assert!(closer.is_closed());
    assert_eq!(code(world.post(path, asked).await), "no_clone");
}

#[tokio::test]
async fn a_list_goes_on_where_the_page_ended() {
    let world = World::new().await;
    for number in 1..=5 {
        world.laptop(&format!("pc-{number}"), number).await;
    }
    let mut names = Vec::new();
    let mut path = "/v1/devices?limit=2".to_owned();
    loop {
        let page = world.fetch(&path).await;
        let devices = page["devices"].as_array().unwrap();
        assert!(devices.len() <= 2);
        names.extend(
            devices
                .iter()
                .map(|one| one["name"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => path = format!("/v1/devices?limit=2&after={next}"),
            None => break,
        }
    }
    assert_eq!(names, ["pc-1", "pc-2", "pc-3", "pc-4", "pc-5"]);
}

#[tokio::test]
async fn leave_to_take_a_laptop_out_is_put_down_and_ends() {
    let world = World::new().await;
    world.laptop("aiko-pc", 1).await;
    let path = "/v1/devices/aiko-pc/take-out";
    let now = clock::now();
    let at = |hours| now.after(Span::from_hours(hours)).to_string();
    let asked =
        |from, until| json!({ "from": at(from), "until": at(until), "purpose": "大阪出張" });
    let pending = world.post(path, asked(0, 48)).await;
    assert_eq!(code(pending), "out_of_use", "nobody has approved it");
    let approve = json!({ "action": "approve" });
    let approve = world
        .post("/v1/devices/aiko-pc/registration", approve)
        .await;
    approve.unwrap();

    assert_eq!(code(world.post(path, asked(-9, -1)).await), "not_ahead");
    assert_eq!(code(world.post(path, asked(9, 3)).await), "not_ahead");
    assert_eq!(
        code(world.post(path, asked(0, 24 * 367)).await),
        "out_of_range"
    );
    let row = world.post(path, asked(-1, 48)).await.unwrap();
    assert_eq!(row["take_out"]["purpose"], "大阪出張");
    for (leave, count) in [("in_force", 1), ("ending", 1), ("to_come", 0), ("ended", 0)] {
        let list = world.fetch(&format!("/v1/devices?take_out={leave}")).await;
        assert_eq!(list["devices"].as_array().unwrap().len(), count, "{leave}");
    }
    let status = world.fetch("/v1/status").await;
    assert_eq!(status["devices"]["taken_out"], 1);
    assert_eq!(status["devices"]["take_outs_ending"], 1);
    assert!(
        status["warnings"].to_string().contains("take_out_ends"),
        "{status}"
    );

    let end = || {
        world
            .client
            .send::<serde_json::Value>(hyper::Method::DELETE, path, &())
    };
    let row = end().await.unwrap().raw;
    assert!(row["take_out"].is_null(), "{row}");
    assert_eq!(code(end().await), "no_take_out");
    let deeds = world.deeds().await;
    for deed in ["device.take_out_approved", "device.take_out_ended"] {
        assert!(deeds.iter().any(|(action, _)| action == deed), "{deed}");
    }
    world.post(path, asked(1, 48)).await.unwrap();
    let suspend = json!({ "action": "suspend", "reason": "incident 12" });
    let suspend = world
        .post("/v1/devices/aiko-pc/registration", suspend)
        .await;
    assert!(
        suspend.unwrap()["take_out"].is_null(),
        "a suspended laptop stays where it is"
    );
    let entries = world.desk.store.audit_entries(0, 1000).await.unwrap();
    let mut entries = entries.iter().map(|bytes| decode(bytes).unwrap());
    let suspended = entries.find(|entry| entry.action == "device.suspended");
    let told = |(name, value): &(String, String)| name == "take_out_ended" && *value == at(48);
    assert!(
        suspended.unwrap().details.iter().any(told),
        "the record says who ended the leave"
    );
}
