//! Asks a Linux system what it is.
//!
//! Touches `/etc/os-release`, `/etc/machine-id`, `/proc/sys/kernel` and `/sys/class/dmi/id`. Must
//! never decide what an answer is worth.

use std::env::consts::ARCH;

use sekisho_policy::facts::Host;
use sekisho_policy::reading::Reading;

use super::{machine_mark, model, product_uuid, serial};
use crate::ask::{self, AskError};
use crate::limits::CONFIG_BYTES_MAX;
use crate::sensors::Root;
use crate::sensors::keyfile::assigned;

/// Reads what the machine says of itself.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Host> {
    let line = |path: &str| ask::read_line(&root.path(path));
    let hostname = match line("/proc/sys/kernel/hostname") {
        Ok(name) => name,
        Err(error) => return Reading::Unknown(error.why()),
    };
    let release = match os_release(root) {
        Ok(text) => text,
        Err(error) => return Reading::Unknown(error.why()),
    };
    let maker = line("/sys/class/dmi/id/sys_vendor");
    let product = line("/sys/class/dmi/id/product_name");
    Reading::Known(Host {
        hostname,
        // os-release(5): "linux" where the field is missing.
        os_id: assigned(&release, "ID").unwrap_or_else(|| "linux".to_owned()),
        os_version: assigned(&release, "VERSION_ID").map_or(Reading::Absent, Reading::Known),
        os_name: assigned(&release, "PRETTY_NAME").unwrap_or_else(|| "Linux".to_owned()),
        kernel: line("/proc/sys/kernel/osrelease").unwrap_or_default(),
        // The file is there from Linux 6.1 on; before, the agent's own build tells it.
        architecture: line("/proc/sys/kernel/arch").unwrap_or_else(|_| ARCH.to_owned()),
        model: match (maker, product) {
            (Err(error), Err(_)) => error.reading(),
            (maker, product) => model(&maker.unwrap_or_default(), &product.unwrap_or_default()),
        },
        product_uuid: told(line("/sys/class/dmi/id/product_uuid"), product_uuid),
        serial: told(line("/sys/class/dmi/id/product_serial"), serial),
        machine_mark: told(line("/etc/machine-id"), machine_mark),
        boot_id: told(line("/proc/sys/kernel/random/boot_id"), |id| {
            Reading::Known(id.to_owned())
        }),
    })
}

/// The text of os-release(5).
pub(in crate::sensors) fn os_release(root: &Root) -> Result<String, AskError> {
    match ask::read_text(&root.path("/etc/os-release"), CONFIG_BYTES_MAX) {
        Err(AskError::Missing(_)) => {
            ask::read_text(&root.path("/usr/lib/os-release"), CONFIG_BYTES_MAX)
        }
        other => other,
    }
}

fn told(
    answer: Result<String, AskError>,
    parse: impl FnOnce(&str) -> Reading<String>,
) -> Reading<String> {
    match answer {
        Ok(text) => parse(&text),
        Err(error) => error.reading(),
    }
}
