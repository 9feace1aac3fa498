//! Before an order to a group or the fleet: whom it would hit, and the question whether that is meant.
//!
//! Touches the admin interface and the terminal. Must never ask for a number that was not shown.

use hyper::Method;

use crate::admin::json::order::{MeantJson, NewOrderJson, PreviewJson};
use crate::cli::common::Common;
use crate::cli::failure::Failure;
use crate::cli::paper::{Cell, Ink, Paper};
use crate::cli::question::Question;

/// Devices that a person is shown before the question.
const SHOWN: usize = 20;

/// Whom the order would hit.
pub(super) async fn preview(
    common: &Common,
    order: &NewOrderJson,
) -> Result<crate::client::Answer<PreviewJson>, Failure> {
    let client = common.client();
    let asked = client.send::<PreviewJson>(Method::POST, "/v1/orders/preview", order);
    Ok(asked.await?)
}

/// Shows whom the order would hit and asks whether that is meant; gives their number, which the collector
/// holds the order to.
pub(super) async fn ask(common: &Common, order: &NewOrderJson) -> Result<usize, Failure> {
    let preview = preview(common, order).await?.shape;
    if preview.count == 0 {
        return Ok(0);
    }
    let Some(mut question) = Question::at_terminal() else {
        return Err(Failure::NotConfirmed(preview.count));
    };
    print(&mut question.paper, &preview, &order.access, SHOWN);
    let count = preview.count.to_string();
    if question.answered("admin-preview-type", "count", &count) {
        Ok(preview.count)
    } else {
        Err(Failure::NotConfirmed(preview.count))
    }
}

/// The devices, the first `shown` of them by name.
pub(super) fn print(paper: &mut Paper, preview: &PreviewJson, access: &str, shown: usize) {
    let [count, attached] = [preview.count, preview.attached].map(|number| number.to_string());
    let key = format!("admin-preview-{access}");
    paper.line(&key, &[("count", &count), ("attached", &attached)]);
    let rows: Vec<_> = preview
        .devices
        .iter()
        .take(shown)
        .map(|one| row(paper, one))
        .collect();
    if !rows.is_empty() {
        paper.raw("");
        let headings = [
            "admin-name",
            "admin-registration",
            "admin-connection",
            "admin-id",
        ];
        paper.table(&headings, &rows);
    }
    let left = preview.count.saturating_sub(rows.len());
    if left > 0 {
        paper.line("admin-preview-more", &[("count", &left.to_string())]);
    }
    if preview.refused > 0 {
        let refused = preview.refused.to_string();
        paper.line("admin-preview-refused", &[("count", &refused)]);
    }
}

fn row(paper: &Paper, one: &MeantJson) -> Vec<Cell> {
    let (connection, ink) = if one.attached {
        ("admin-attached", Ink::Plain)
    } else {
        ("admin-not-attached", Ink::Warning)
    };
    vec![
        Cell::plain(&one.name),
        Cell::plain(&paper.say(&format!("registration-{}", one.registration), &[])),
        Cell::inked(&paper.say(connection, &[]), ink),
        Cell::plain(&one.device),
    ]
}
