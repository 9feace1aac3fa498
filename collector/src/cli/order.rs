//! `order isolate | release | show | code`.
//!
//! Touches the admin interface. Must never call an order obeyed that has only been given.

mod confirm;
mod wait;

use clap::{Args, Subcommand};
use hyper::Method;

use sekisho_policy::order::Endpoint;
use sekisho_policy::time::Span;
use sekisho_proto::json::Time;

use super::common::{Common, Exit};
use super::failure::{Failure, complain};
use super::paper::{Cell, Ink, json};
use super::parse::span;
use crate::admin::json::device::WholeDeviceJson;
use crate::admin::json::order::{
    ChallengeJson, CodeJson, EndpointJson, GivenJson, NewOrderJson, ResultJson,
};
use crate::client::part;
use crate::clock;

/// Orders: cut laptops off and let them go
#[derive(Debug, Args)]
pub struct OrderArgs {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: OrderCommand,
}

#[derive(Debug, Subcommand)]
enum OrderCommand {
    /// Isolate devices: nothing is reachable but the collector and what is listed
    #[command(
        after_help = "Examples:\n  sekisho-collector order isolate aiko-pc --reason 'malware seen' --for 4h --wait 60s\n  sekisho-collector order isolate --all --reason 'worm in the office'\n  sekisho-collector order isolate --group sales --reason 'worm' --dry-run\n\nAn order to a group or the fleet shows whom it would hit and asks for their number. Scripts give --yes."
    )]
    Isolate {
        #[command(flatten)]
        whom: Whom,
        /// Why; it stands in the record and on the laptop
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// When it ends by itself, such as 2026-12-31T18:00:00+09:00
        #[arg(long, value_name = "TIME", conflicts_with = "lasting")]
        until: Option<Time>,
        /// How long it lasts, such as 4h
        #[arg(long = "for", value_name = "SPAN", value_parser = span, id = "lasting")]
        lasting: Option<Span>,
        /// What stays reachable beside the collector, by TCP unless /udp stands behind it; may be given
        /// again
        #[arg(long, value_name = "IP:PORT[/udp]")]
        allow: Vec<Endpoint>,
        /// The incident it belongs to
        #[arg(long, value_name = "NAME")]
        incident: Option<String>,
        #[command(flatten)]
        caution: Caution,
        #[command(flatten)]
        waiting: Waiting,
    },
    /// Let devices go
    #[command(
        after_help = "Example:\n  sekisho-collector order release aiko-pc --reason 'scanned, clean'"
    )]
    Release {
        #[command(flatten)]
        whom: Whom,
        /// Why; it stands in the record and on the laptop
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        caution: Caution,
        #[command(flatten)]
        waiting: Waiting,
    },
    /// Show the order in force for a device, and what the device has made of it
    #[command(after_help = "Example:\n  sekisho-collector order show aiko-pc")]
    Show {
        /// Its id, the beginning or end of it, or its host name
        device: String,
    },
    /// Answer the challenge of an isolated laptop that cannot be reached
    #[command(
        after_help = "Example:\n  sekisho-collector order code aiko-pc --challenge 7K3M-9QXA --hours 4 --reason 'no network at the hotel'"
    )]
    Code {
        /// Its id, the beginning or end of it, or its host name
        device: String,
        /// What `sekisho-agent release` shows on the laptop
        #[arg(long, value_name = "CHALLENGE")]
        challenge: String,
        /// For how many hours the isolation is lifted
        #[arg(long, value_name = "N", default_value_t = 4)]
        hours: u64,
        /// Why; it stands in the record
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// For whom an order is.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Whom {
    /// Ids, the beginnings or ends of them, or host names
    #[arg(value_name = "DEVICE")]
    devices: Vec<String>,
    /// Every device in use of this policy group; '' for the default one
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Every device in use
    #[arg(long)]
    all: bool,
}

/// What comes before an order to a group or the fleet.
#[derive(Debug, Args)]
struct Caution {
    /// Show whom it would hit, and order nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Order it without the question that a group or the fleet is asked for; for scripts
    #[arg(long)]
    yes: bool,
}

/// Whether to wait for the devices.
#[derive(Debug, Args)]
struct Waiting {
    /// Wait until the devices have proved it, at most this long
    #[arg(long, value_name = "SPAN", value_parser = span, num_args = 0..=1, default_missing_value = "60s")]
    wait: Option<Span>,
}

impl OrderArgs {
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
            OrderCommand::Isolate {
                whom,
                reason,
                until,
                lasting,
                allow,
                incident,
                caution,
                waiting,
            } => {
                let end = lasting.map(|span| Time(clock::now().after(span)));
                let mut order = whom.order("isolated", reason);
                order.until = until.or(end);
                order.allow = allow.iter().map(EndpointJson::from).collect();
                order.incident.clone_from(incident);
                self.give(order, whom, caution, waiting).await
            }
            OrderCommand::Release {
                whom,
                reason,
                caution,
                waiting,
            } => {
                let order = whom.order("full", reason);
                self.give(order, whom, caution, waiting).await
            }
            OrderCommand::Show { device } => self.show(device).await,
            OrderCommand::Code {
                device,
                challenge,
                hours,
                reason,
            } => {
                let asked = ChallengeJson {
                    challenge: challenge.clone(),
                    hours: *hours,
                    reason: reason.clone(),
                };
                self.code(device, &asked).await
            }
        }
    }

    async fn give(
        &self,
        mut order: NewOrderJson,
        whom: &Whom,
        caution: &Caution,
        waiting: &Waiting,
    ) -> Result<Exit, Failure> {
        if caution.dry_run {
            return self.preview(&order).await;
        }
        if whom.is_many() && !caution.yes {
            order.expected = Some(confirm::ask(&self.common, &order).await?);
        }
        let client = self.common.client();
        let answer = client
            .send::<GivenJson>(Method::POST, "/v1/orders", &order)
            .await?;
        let given = &answer.shape;
        if self.common.json {
            json(&answer.raw);
        } else {
            self.table(given);
            for one in &given.results {
                if let Some(error) = &one.error {
                    complain(error);
                }
            }
        }
        let mut exit = if given.failed > 0 {
            Exit::Refused
        } else {
            Exit::Done
        };
        if let Some(span) = waiting.wait {
            let all_proved =
                wait::for_proof(&self.common, &given.results, &order.access, span).await?;
            if !all_proved && exit == Exit::Done {
                exit = Exit::CouldNotTell;
            }
        }
        Ok(exit)
    }

    async fn preview(&self, order: &NewOrderJson) -> Result<Exit, Failure> {
        let answer = confirm::preview(&self.common, order).await?;
        if self.common.json {
            json(&answer.raw);
        } else {
            let mut paper = self.common.paper();
            confirm::print(&mut paper, &answer.shape, &order.access, usize::MAX);
            paper.print();
        }
        Ok(Exit::Done)
    }

    async fn show(&self, device: &str) -> Result<Exit, Failure> {
        let path = format!("/v1/devices/{}", part(device));
        let answer = self.common.client().fetch::<WholeDeviceJson>(&path).await?;
        if self.common.json {
            let posture = answer.raw.get("posture");
            json(&serde_json::json!({
                "device": answer.raw.get("id"),
                "order": answer.raw.get("order"),
                "order_damage": answer.raw.get("order_damage"),
                "enforcement": posture.and_then(|posture| posture.get("enforcement")),
            }));
        } else {
            let mut paper = self.common.paper();
            super::device::order(&mut paper, &answer.shape);
            paper.print();
        }
        Ok(Exit::Done)
    }

    async fn code(&self, device: &str, asked: &ChallengeJson) -> Result<Exit, Failure> {
        let path = format!("/v1/devices/{}/code", part(device));
        let client = self.common.client();
        let answer = client.send::<CodeJson>(Method::POST, &path, asked).await?;
        if self.common.json {
            json(&answer.raw);
        } else {
            let mut paper = self.common.paper();
            paper.raw(&answer.shape.code);
            let hours = answer.shape.hours.to_string();
            paper.line("admin-code-use", &[("hours", &hours)]);
            paper.print();
        }
        Ok(Exit::Done)
    }

    fn table(&self, given: &GivenJson) {
        let mut paper = self.common.paper();
        let rows: Vec<_> = given
            .results
            .iter()
            .map(|one| {
                let (key, ink) = outcome(one);
                let generation = one
                    .generation
                    .map_or_else(|| "-".to_owned(), |n| n.to_string());
                vec![
                    Cell::plain(&one.device),
                    Cell::plain(one.name.as_deref().unwrap_or("-")),
                    Cell::plain(&generation),
                    Cell::inked(&paper.say(key, &[]), ink),
                ]
            })
            .collect();
        let headings = [
            "admin-id",
            "admin-name",
            "admin-generation",
            "admin-outcome",
        ];
        if !rows.is_empty() {
            paper.table(&headings, &rows);
            paper.raw("");
        }
        let [recorded, sent, failed] =
            [given.recorded, given.sent, given.failed].map(|number| number.to_string());
        let args = [
            ("recorded", recorded.as_str()),
            ("sent", sent.as_str()),
            ("failed", failed.as_str()),
        ];
        paper.line("admin-orders-count", &args);
        paper.print();
    }
}

impl Whom {
    /// Whether a person may not know who all of them are.
    const fn is_many(&self) -> bool {
        self.all || self.group.is_some()
    }

    fn order(&self, access: &str, reason: &str) -> NewOrderJson {
        NewOrderJson {
            access: access.to_owned(),
            devices: self.devices.clone(),
            group: self.group.clone(),
            all: self.all,
            expected: None,
            reason: reason.to_owned(),
            until: None,
            incident: None,
            allow: Vec::new(),
        }
    }
}

const fn outcome(one: &ResultJson) -> (&'static str, Ink) {
    match (&one.error, one.sent) {
        (Some(_), _) => ("admin-order-refused", Ink::Bad),
        (None, true) => ("admin-order-sent", Ink::Good),
        (None, false) => ("admin-order-waits", Ink::Warning),
    }
}
