//! Asks a Linux system what it is.
//!
//! Touches `/etc/os-release`, `/etc/machine-id`, `/proc/sys/kernel` and `/sys/class/dmi/id`. Must
//! never decide what an answer is worth.

use std::env::consts::ARCH;

use sekisho_policy::facts::Host;
use sekisho_policy::reading::Reading;

use super::{machine_mark, model, product_uuid, serial};
use crate::ask::{self, AskError, Source};
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
        architecture: line("/proc/sys/kernel/arch").unwrap_or_else(|_| built_for(root)),
        model: match (maker, product) {
            (Err(error), Err(_)) => error.reading(),
            (maker, product) => model(&maker.unwrap_or_default(), &product.unwrap_or_default()),
        },
        product_uuid: told(line("/sys/class/dmi/id/product_uuid"), product_uuid),
        serial: told(line("/sys/class/dmi/id/product_serial"), serial),
        machine_mark: mark(root),
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

/// What the agent that reads, or has captured, the system is built for.
fn built_for(root: &Root) -> String {
    let told = root.answer("architecture", || Ok(ARCH.into()));
    told.map_or_else(|_| ARCH.to_owned(), ask::into_text)
}

/// A capture has the mark and not the machine-id, from which every mark of this machine could be made.
fn mark(root: &Root) -> Reading<String> {
    match root.derived("machine-mark", mark_of) {
        Ok(none) if none.is_empty() => Reading::Absent,
        Ok(mark) => Reading::Known(ask::into_text(mark)),
        Err(error) => error.reading(),
    }
}

/// No bytes where the machine has no id yet.
fn mark_of(root: &Root) -> Result<Vec<u8>, AskError> {
    let path = root.path("/etc/machine-id");
    match machine_mark(&ask::read_line(&path)?) {
        Reading::Known(mark) => Ok(mark.into_bytes()),
        Reading::Absent => Ok(Vec::new()),
        Reading::Unknown(why) => {
            let broken = std::io::Error::new(std::io::ErrorKind::InvalidData, why.to_string());
            Err(AskError::from_io(path.name(), broken))
        }
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
