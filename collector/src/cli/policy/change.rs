//! A change of the policy: what it would change for the fleet, the question whether that is meant, and the change.
//!
//! Touches the admin interface and the terminal. Must never ask for the number of another version.

use clap::Args;
use hyper::Method;
use sekisho_policy::words::shown;

use super::rehearsal::print;
use crate::admin::json::policy::AppliedJson;
use crate::admin::json::rehearsal::RehearsalJson;
use crate::cli::common::Common;
use crate::cli::failure::Failure;
use crate::cli::paper::{Ink, json};
use crate::cli::question::Question;
use crate::client::{Answer, part};

/// What comes before a change of the policy.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Caution {
    /// Show what it would change, and apply nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Apply it without showing and asking; for scripts
    #[arg(long)]
    yes: bool,
}

/// What becomes the policy.
pub(super) enum Changing {
    /// A new text.
    New(String),
    /// The text of an earlier version.
    Back(u64, String),
}

/// Shows what a text would change.
pub(super) async fn show(
    common: &Common,
    text: String,
    group: Option<&str>,
) -> Result<(), Failure> {
    let answer = rehearse(common, text, group).await?;
    if common.json {
        json(&answer.raw);
    } else {
        let mut paper = common.paper();
        print(&mut paper, &answer.shape);
        paper.print();
    }
    Ok(())
}

/// Makes the change, or shows it, or asks.
pub(super) async fn make(
    common: &Common,
    changing: &Changing,
    caution: Caution,
) -> Result<(), Failure> {
    let text = changing.text();
    if caution.dry_run {
        return show(common, text.to_owned(), None).await;
    }
    let follows = match caution.yes {
        true => None,
        false => Some(ask(common, text).await?),
    };
    let follows = follows.map_or_else(String::new, |version| format!("?follows={version}"));
    let client = common.client();
    let answer = match changing {
        Changing::New(text) => {
            let path = format!("/v1/policy{follows}");
            client.send_text::<AppliedJson>(&path, text.clone()).await?
        }
        Changing::Back(version, _) => {
            let path = format!("/v1/policies/{version}/reversion{follows}");
            client.send::<AppliedJson>(Method::POST, &path, &()).await?
        }
    };
    if common.json {
        json(&answer.raw);
        return Ok(());
    }
    let version = answer.shape.version.unwrap_or_default().to_string();
    let key = if answer.shape.unchanged {
        "admin-policy-unchanged"
    } else {
        "admin-policy-applied"
    };
    let mut paper = common.paper();
    paper.line(key, &[("version", &version)]);
    if !answer.shape.groups_missing.is_empty() {
        let groups = answer.shape.groups_missing.join(", ");
        let args = [("groups", &*shown(&groups))];
        let said = paper.say("admin-policy-groups-missing", &args);
        paper.inked_line(&said, Ink::Warning);
    }
    paper.print();
    Ok(())
}

impl Changing {
    fn text(&self) -> &str {
        match self {
            Self::New(text) | Self::Back(_, text) => text,
        }
    }
}

async fn rehearse(
    common: &Common,
    text: String,
    group: Option<&str>,
) -> Result<Answer<RehearsalJson>, Failure> {
    let group = group.map_or_else(String::new, |group| format!("?group={}", part(group)));
    let path = format!("/v1/policy/rehearsal{group}");
    Ok(common.client().send_text(&path, text).await?)
}

/// Shows what the text would change and asks whether that is meant. Gives the version that it then follows.
async fn ask(common: &Common, text: &str) -> Result<u64, Failure> {
    let rehearsal = rehearse(common, text.to_owned(), None).await?.shape;
    if rehearsal.unchanged {
        return Ok(rehearsal.version);
    }
    let not_confirmed = Failure::PolicyNotConfirmed(rehearsal.changed);
    let Some(mut question) = Question::at_terminal() else {
        return Err(not_confirmed);
    };
    print(&mut question.paper, &rehearsal);
    let version = rehearsal.version.saturating_add(1).to_string();
    if question.answered("admin-policy-type", "version", &version) {
        Ok(rehearsal.version)
    } else {
        Err(not_confirmed)
    }
}
