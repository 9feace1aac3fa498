//! `device list | show | approve | suspend | retire | lost | set | take-out | resolve`.
//!
//! Touches the admin interface. Must never decide for the administrator, nor hide that one device of
//! several was refused.

mod history;
mod show;
mod table;
mod take_out;

use clap::{Args, Subcommand, ValueEnum};
use hyper::Method;
use serde_json::Value;

use sekisho_policy::time::Span;
use sekisho_policy::words::shown;
use sekisho_proto::json::{ErrorJson, Time};

use super::common::{Common, Exit};
use super::failure::{Failure, complain};
use super::paper::{Ink, json};
use super::parse::span;
use crate::admin::json::device::{
    AlterationJson, DeviceJson, DevicesJson, KeepJson, RegistrationJson, WholeDeviceJson,
};
use crate::admin::json::history::HistoryJson;
use crate::client::{Client, ClientError, part};
use crate::clock;

pub(super) use show::order;

/// The register of devices
#[derive(Debug, Args)]
pub struct DeviceArgs {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: DeviceCommand,
}

#[derive(Debug, Subcommand)]
enum DeviceCommand {
    /// Show the devices there are
    #[command(after_help = "Example:\n  sekisho-collector device list --registration pending")]
    List {
        /// Only those of this policy group; '' for the default one
        #[arg(long, value_name = "GROUP")]
        group: Option<String>,
        /// Only those in this state: pending, approved, suspended, retired, lost
        #[arg(long, value_name = "STATE")]
        registration: Option<String>,
        /// Only those that stand so: compliant, undecided, grace, violation
        #[arg(long, value_name = "STANDING")]
        standing: Option<String>,
        /// Only those with leave to be taken out: to_come, in_force, ending (within 3 days), ended
        #[arg(long, value_name = "LEAVE")]
        take_out: Option<String>,
    },
    /// Show everything that is known of one device
    #[command(after_help = "Example:\n  sekisho-collector device show aiko-pc")]
    Show {
        /// Its id, the beginning or end of it, or its host name
        device: String,
        /// The life of its findings as well: the last 20 turns, or so many
        #[arg(long, value_name = "NUMBER", num_args = 0..=1, default_missing_value = "20",
            value_parser = clap::value_parser!(u16).range(1..))]
        history: Option<u16>,
    },
    /// Approve devices for use, or change the end of their approval
    #[command(after_help = "Example:\n  sekisho-collector device approve aiko-pc --for 365d")]
    Approve {
        #[command(flatten)]
        named: Named,
        /// The end of the approval, such as 2027-03-31T18:00:00+09:00
        #[arg(long, value_name = "TIME", conflicts_with = "lasting")]
        until: Option<Time>,
        /// How long the approval lasts, such as 365d
        #[arg(long = "for", value_name = "SPAN", value_parser = span, id = "lasting")]
        lasting: Option<Span>,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Suspend devices: they are cut off until they are approved again
    #[command(
        after_help = "Example:\n  sekisho-collector device suspend aiko-pc --reason 'incident 12'"
    )]
    Suspend(Ended),
    /// Take devices out of use for good: cut off, certificates revoked
    #[command(
        after_help = "Example:\n  sekisho-collector device retire aiko-pc --reason 'scrapped'"
    )]
    Retire(Ended),
    /// Mark devices as lost: isolated if they can be reached, cut off, certificates revoked
    #[command(
        after_help = "Example:\n  sekisho-collector device lost aiko-pc --reason 'left on a train'"
    )]
    Lost(Ended),
    /// Fill in what the register says of a device
    #[command(
        after_help = "Example:\n  sekisho-collector device set aiko-pc --owner '佐藤愛子' --asset PC-0042"
    )]
    Set {
        /// Its id, the beginning or end of it, or its host name
        device: String,
        /// Policy group; '' for the default one
        #[arg(long, value_name = "GROUP")]
        group: Option<String>,
        /// Who uses it
        #[arg(long, value_name = "NAME")]
        owner: Option<String>,
        /// The company's asset number
        #[arg(long, value_name = "NUMBER")]
        asset: Option<String>,
        /// public, internal, confidential or secret; `group` takes the group's
        #[arg(long, value_name = "CLASS")]
        data_class: Option<String>,
    },
    /// Give leave to take a device out of the company, or end it
    TakeOut(take_out::TakeOutArgs),
    /// Decide a clone case: which of two machines is the device
    #[command(after_help = RESOLVE_HELP)]
    Resolve {
        /// Its id, the beginning or end of it, or its host name
        device: String,
        /// The machine that is the device
        #[arg(long, value_name = "MACHINE")]
        keep: Machine,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

const RESOLVE_HELP: &str = "\
The other machine is held as a clone again if it comes back. Both hold the same key: where neither can
be trusted, `device retire` shuts out both, and the right one is enrolled anew.

Example:
  sekisho-collector device resolve aiko-pc --keep came --reason 'main board replaced'";

/// Devices that are named.
#[derive(Debug, Args)]
struct Named {
    /// Ids, the beginnings or ends of them, or host names
    #[arg(required = true, value_name = "DEVICE")]
    devices: Vec<String>,
}

/// Devices that are named, and why.
#[derive(Debug, Args)]
struct Ended {
    #[command(flatten)]
    named: Named,
    /// Why; it stands in the record
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// A machine of a clone case.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Machine {
    /// The one known before
    Known,
    /// The one that came
    Came,
}

impl DeviceArgs {
    /// The options shared by all commands.
    #[must_use]
    pub const fn common(&self) -> &Common {
        &self.common
    }

    /// Does it.
    ///
    /// # Errors
    /// [`Failure`] with the reason.
    pub async fn run(&self) -> Result<Exit, Failure> {
        match &self.command {
            DeviceCommand::List {
                group,
                registration,
                standing,
                take_out,
            } => {
                let sieve = [
                    ("group", group),
                    ("registration", registration),
                    ("standing", standing),
                    ("take_out", take_out),
                ];
                self.list(&sieve).await
            }
            DeviceCommand::Show { device, history } => self.show(device, *history).await,
            DeviceCommand::Approve {
                named,
                until,
                lasting,
                reason,
            } => {
                let end = lasting.map(|span| Time(clock::now().after(span)));
                self.register(named, "approve", until.or(end), reason).await
            }
            DeviceCommand::Suspend(ended) => self.end(ended, "suspend").await,
            DeviceCommand::Retire(ended) => self.end(ended, "retire").await,
            DeviceCommand::Lost(ended) => self.end(ended, "lose").await,
            DeviceCommand::Set {
                device,
                group,
                owner,
                asset,
                data_class,
            } => {
                let alteration = AlterationJson {
                    group: group.clone(),
                    owner: owner.clone(),
                    asset_number: asset.clone(),
                    data_class: data_class.clone(),
                };
                self.set(device, &alteration).await
            }
            DeviceCommand::TakeOut(args) => args.run(&self.common).await,
            DeviceCommand::Resolve {
                device,
                keep,
                reason,
            } => self.resolve(device, *keep, reason).await,
        }
    }

    async fn list(&self, sieve: &[(&str, &Option<String>)]) -> Result<Exit, Failure> {
        let all = every(&self.common.client(), sieve).await?;
        if self.common.json {
            json(&all);
        } else {
            let mut paper = self.common.paper();
            table::print(&mut paper, &all.devices);
            for one in &all.damaged {
                paper.inked_line(&shown(one), Ink::Bad);
            }
            paper.print();
        }
        Ok(Exit::Done)
    }

    async fn show(&self, device: &str, history: Option<u16>) -> Result<Exit, Failure> {
        let client = self.common.client();
        let path = format!("/v1/devices/{}", part(device));
        let mut answer = client.fetch::<WholeDeviceJson>(&path).await?;
        let history = match history {
            Some(limit) => {
                let path = format!("{path}/history?limit={limit}");
                Some(client.fetch::<HistoryJson>(&path).await?.shape.history)
            }
            None => None,
        };
        if self.common.json {
            if let (Some(history), Some(fields)) = (&history, answer.raw.as_object_mut()) {
                let history = serde_json::to_value(history).unwrap_or_default();
                fields.insert("history".to_owned(), history);
            }
            json(&answer.raw);
        } else {
            let mut paper = self.common.paper();
            show::print(&mut paper, &answer.shape);
            if let Some(history) = history {
                history::print(&mut paper, &history);
            }
            paper.print();
        }
        Ok(Exit::Done)
    }

    async fn end(&self, ended: &Ended, action: &str) -> Result<Exit, Failure> {
        self.register(&ended.named, action, None, &ended.reason)
            .await
    }

    /// One device after the other: one that is refused does not keep the others.
    async fn register(
        &self,
        named: &Named,
        action: &str,
        until: Option<Time>,
        reason: &str,
    ) -> Result<Exit, Failure> {
        let client = self.common.client();
        let asked = RegistrationJson {
            action: action.to_owned(),
            until,
            reason: reason.to_owned(),
        };
        let mut exit = Exit::Done;
        let mut raw = Vec::new();
        for device in &named.devices {
            let path = format!("/v1/devices/{}/registration", part(device));
            match client.send::<DeviceJson>(Method::POST, &path, &asked).await {
                Ok(answer) if self.common.json => raw.push(answer.raw),
                Ok(answer) => self.say_registered(&answer.shape),
                Err(ClientError::Refused(body)) => {
                    exit = Exit::Refused;
                    if self.common.json {
                        let error = ErrorJson { error: body };
                        raw.push(serde_json::to_value(error).unwrap_or_default());
                    } else {
                        complain(&body);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        if self.common.json {
            json(&Value::Array(raw));
        }
        Ok(exit)
    }

    async fn set(&self, device: &str, alteration: &AlterationJson) -> Result<Exit, Failure> {
        if *alteration == AlterationJson::default() {
            let usage = "nothing to set; give --group, --owner, --asset or --data-class";
            return Err(Failure::Usage(usage.to_owned()));
        }
        let path = format!("/v1/devices/{}", part(device));
        let client = self.common.client();
        let answer = client
            .send::<DeviceJson>(Method::PATCH, &path, alteration)
            .await?;
        if self.common.json {
            json(&answer.raw);
        } else {
            let mut paper = self.common.paper();
            show::row(&mut paper, &answer.shape);
            paper.print();
        }
        Ok(Exit::Done)
    }

    async fn resolve(&self, device: &str, keep: Machine, reason: &str) -> Result<Exit, Failure> {
        let asked = KeepJson {
            keep: match keep {
                Machine::Known => "known",
                Machine::Came => "came",
            }
            .to_owned(),
            reason: reason.to_owned(),
        };
        let path = format!("/v1/devices/{}/clone", part(device));
        let client = self.common.client();
        let answer = client
            .send::<DeviceJson>(Method::POST, &path, &asked)
            .await?;
        if self.common.json {
            json(&answer.raw);
        } else {
            let mut paper = self.common.paper();
            paper.line("admin-clone-decided", &[("name", &answer.shape.name)]);
            paper.print();
        }
        Ok(Exit::Done)
    }

    fn say_registered(&self, row: &DeviceJson) {
        let mut paper = self.common.paper();
        let state = paper.say(&format!("registration-{}", row.registration), &[]);
        let args = [
            ("name", row.name.as_str()),
            ("id", row.id.as_str()),
            ("state", state.as_str()),
        ];
        paper.line("admin-registered", &args);
        if row.registration == "suspended"
            || row.registration == "retired"
            || row.registration == "lost"
        {
            paper.line("admin-cut-off", &[]);
        }
        paper.print();
    }
}

/// Every device that passes the sieve, page by page.
async fn every(client: &Client, sieve: &[(&str, &Option<String>)]) -> Result<DevicesJson, Failure> {
    let mut all = DevicesJson {
        devices: Vec::new(),
        damaged: Vec::new(),
        next: None,
    };
    loop {
        let after_pair = [("after", &all.next)];
        let query: Vec<_> = sieve
            .iter()
            .chain(&after_pair)
            .filter_map(|(name, value)| Some(format!("{name}={}", part(value.as_deref()?))))
            .collect();
        let path = format!("/v1/devices?{}", query.join("&"));
        let page = client.fetch::<DevicesJson>(&path).await?.shape;
        all.devices.extend(page.devices);
        all.damaged.extend(page.damaged);
        all.next = page.next;
        if all.next.is_none() {
            return Ok(all);
        }
    }
}
