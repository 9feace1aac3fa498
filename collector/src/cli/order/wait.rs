//! Waits until devices have proved an order by their probes, or says what is missing.
//!
//! Touches the admin interface. Must never take the firewall's word for the network's.

use std::io::{self, Write};
use std::time::Duration;

use sekisho_policy::time::Span;

use crate::admin::json::device::WholeDeviceJson;
use crate::admin::json::order::ResultJson;
use crate::cli::common::{Common, language};
use crate::cli::failure::Failure;
use crate::cli::progress::Progress;
use crate::client::part;
use crate::clock;

/// How long between two looks.
const LOOK: Duration = Duration::from_millis(300);

/// What one device still lacks.
struct Lack {
    device: String,
    generation: u64,
    /// Key in the catalogue of what is missing.
    missing: &'static str,
}

/// Looks at the devices until each has proved `access` under its order, at most for `span`. Gives whether
/// all have; those that have not are named on standard error.
pub(super) async fn for_proof(
    common: &Common,
    results: &[ResultJson],
    access: &str,
    span: Span,
) -> Result<bool, Failure> {
    let given = results
        .iter()
        .filter_map(|one| Some((one, one.generation?)));
    let mut lacking: Vec<Lack> = given
        .map(|(one, generation)| Lack {
            device: one.device.clone(),
            generation,
            missing: "admin-lack-connection",
        })
        .collect();
    let client = common.client();
    let total = lacking.len();
    let end = clock::now().after(span);
    let mut progress = Progress::begin();
    loop {
        let mut still = Vec::new();
        for lack in lacking {
            let path = format!("/v1/devices/{}", part(&lack.device));
            let device = client.fetch::<WholeDeviceJson>(&path).await?.shape;
            if let Some(missing) = missing(&device, lack.generation, access) {
                still.push(Lack { missing, ..lack });
            }
        }
        lacking = still;
        let [proved, whole] = [total.saturating_sub(lacking.len()), total];
        let [proved, whole] = [proved, whole].map(|number| number.to_string());
        let args = [("proved", proved.as_str()), ("total", whole.as_str())];
        progress.show("admin-proved", &args);
        if lacking.is_empty() || clock::now() >= end {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    drop(progress);
    name(&lacking);
    Ok(lacking.is_empty())
}

/// Key in the catalogue of what the device lacks. `None` when it has proved the order.
fn missing(device: &WholeDeviceJson, generation: u64, access: &str) -> Option<&'static str> {
    let posture = device.seen.posture.as_ref();
    let held = posture
        .and_then(|posture| posture.enforcement.as_ref())
        .filter(|enforcement| enforcement.desired_generation >= generation);
    let Some(held) = held else {
        return Some(if device.seen.attached {
            "admin-lack-taken-up"
        } else {
            "admin-lack-connection"
        });
    };
    let shows = |reading: Option<&String>| reading.is_some_and(|shown| shown == access);
    if !shows(held.applied.known()) {
        Some("admin-lack-applied")
    } else if !shows(held.verified.known()) {
        Some("admin-lack-verified")
    } else {
        None
    }
}

fn name(lacking: &[Lack]) {
    let mut err = io::stderr().lock();
    for lack in lacking {
        let text = sekisho_policy::words::text(language(), lack.missing, &[]);
        let _ = writeln!(err, "{}: {text}", lack.device);
    }
}
