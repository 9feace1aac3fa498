//! The host section, and the marks by which one machine is told from another.
//!
//! Touches nothing. Must never compare marks: it only carries them.

use sekisho_policy::facts::Host;
use sekisho_policy::reading::Reading;

use super::reading::IntoReading;
use super::{InvalidMessage, cut, text};
use crate::wire;

impl From<&Host> for wire::Host {
    fn from(host: &Host) -> Self {
        let Host {
            hostname,
            os_id,
            os_version,
            os_name,
            kernel,
            architecture,
            model,
            product_uuid,
            serial,
            machine_mark,
            boot_id,
        } = host;
        Self {
            hostname: cut(hostname),
            os_id: cut(os_id),
            os_version: Some(os_version.into()),
            os_name: cut(os_name),
            kernel: cut(kernel),
            architecture: cut(architecture),
            model: Some(model.into()),
            product_uuid: Some(product_uuid.into()),
            serial: Some(serial.into()),
            machine_mark: Some(machine_mark.into()),
            boot_id: Some(boot_id.into()),
        }
    }
}

impl TryFrom<wire::Host> for Host {
    type Error = InvalidMessage;

    fn try_from(host: wire::Host) -> Result<Self, Self::Error> {
        let wire::Host {
            hostname,
            os_id,
            os_version,
            os_name,
            kernel,
            architecture,
            model,
            product_uuid,
            serial,
            machine_mark,
            boot_id,
        } = host;
        Ok(Self {
            hostname: text(hostname, "host name")?,
            os_id: text(os_id, "os id")?,
            os_version: os_version.reading("os version")?,
            os_name: text(os_name, "os name")?,
            kernel: text(kernel, "kernel release")?,
            architecture: text(architecture, "architecture")?,
            model: model.reading("model")?,
            product_uuid: product_uuid.reading("product uuid")?,
            serial: serial.reading("serial number")?,
            machine_mark: machine_mark.reading("machine mark")?,
            boot_id: boot_id.reading("boot id")?,
        })
    }
}

/// By what one machine is told from another, as it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    /// Host name.
    pub hostname: String,
    /// SMBIOS system UUID.
    pub product_uuid: Reading<String>,
    /// SMBIOS serial number.
    pub serial: Reading<String>,
    /// Keyed digest of the machine-id.
    pub machine_mark: Reading<String>,
    /// Id of the kernel's boot.
    pub boot_id: Reading<String>,
}

impl From<&Host> for Marks {
    fn from(host: &Host) -> Self {
        Self {
            hostname: host.hostname.clone(),
            product_uuid: host.product_uuid.clone(),
            serial: host.serial.clone(),
            machine_mark: host.machine_mark.clone(),
            boot_id: host.boot_id.clone(),
        }
    }
}

impl From<&Marks> for wire::Marks {
    fn from(marks: &Marks) -> Self {
        let Marks {
            hostname,
            product_uuid,
            serial,
            machine_mark,
            boot_id,
        } = marks;
        Self {
            hostname: cut(hostname),
            product_uuid: Some(product_uuid.into()),
            serial: Some(serial.into()),
            machine_mark: Some(machine_mark.into()),
            boot_id: Some(boot_id.into()),
        }
    }
}

impl TryFrom<wire::Marks> for Marks {
    type Error = InvalidMessage;

    fn try_from(marks: wire::Marks) -> Result<Self, Self::Error> {
        let wire::Marks {
            hostname,
            product_uuid,
            serial,
            machine_mark,
            boot_id,
        } = marks;
        Ok(Self {
            hostname: text(hostname, "host name of the marks")?,
            product_uuid: product_uuid.reading("product uuid of the marks")?,
            serial: serial.reading("serial number of the marks")?,
            machine_mark: machine_mark.reading("machine mark of the marks")?,
            boot_id: boot_id.reading("boot id of the marks")?,
        })
    }
}
