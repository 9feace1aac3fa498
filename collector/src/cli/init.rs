//! `init`: keys, configuration, store, policy and a first token, made once.
//!
//! Touches the collector's directory. Must never run over what is there, nor leave a part behind when it
//! fails, and never show a secret but the token, once.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use nix::unistd::Uid;
use serde::Serialize;
use thiserror::Error;

use sekisho_policy::document::Policy;
use sekisho_policy::id::Fingerprint;
use sekisho_policy::time::Span;

use super::common::{Common, Exit};
use super::failure::{Failure, conclude};
use super::owner::become_owner;
use super::paper::json;
use crate::admin::named;
use crate::beacon::Beacon;
use crate::clock;
use crate::config::Config;
use crate::hub::Hub;
use crate::in_force::{InForceError, PolicyInForce};
use crate::keys::{Keys, KeysError, directory_create, file_write};
use crate::listening::Listening;
use crate::record::{Actor, AuditEvent, PolicyVersion};
use crate::response::{By, Desk, NewToken, ResponseError};
use crate::store::sqlite::SqliteStore;
use crate::store::{Store, StoreError};

/// Make keys, configuration, store and a first token
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  sekisho-collector init --name sekisho.example.co.jp --name 192.0.2.10 --uses 30"
)]
pub struct InitArgs {
    #[command(flatten)]
    common: Common,
    /// A name or address that laptops reach the collector by; may be given more than once
    #[arg(long, value_name = "HOST-or-IP")]
    name: Vec<String>,
    /// How many laptops may enrol by the first token
    #[arg(long, value_name = "N", default_value_t = 50)]
    uses: u32,
    /// Approve the first token's laptops at once
    #[arg(long)]
    approve: bool,
}

/// What was made.
#[derive(Debug, Serialize)]
struct MadeJson {
    dir: PathBuf,
    agents_address: String,
    enrolment_address: String,
    token: String,
    token_expires_at: String,
    root_fingerprint: String,
    audit_public_key: String,
}

/// How long the first token is good for.
const FIRST_TOKEN: Span = Span::from_days(7);

/// Why a collector was not made.
#[derive(Debug, Error)]
pub enum InitError {
    /// There is one already.
    #[error("there is a collector in {} already; nothing was changed", .0.display())]
    Exists(PathBuf),
    /// A former `init` did not come to its end.
    #[error(
        "{} holds what an interrupted `init` left behind; remove that directory and run `init` again",
        .0.display()
    )]
    HalfMade(PathBuf),
    /// The folder is used for something else.
    #[error(
        "{} is not empty: it holds {held:?}; give the collector a folder of its own with --dir",
        dir.display()
    )]
    NotEmpty {
        /// The folder.
        dir: PathBuf,
        /// Something that is in it.
        held: String,
    },
    /// The keys cannot be made or written.
    #[error("the keys cannot be made")]
    Keys(#[from] KeysError),
    /// The store cannot be made.
    #[error("the store cannot be made")]
    Store(#[from] StoreError),
    /// The policy that the product comes with cannot be used.
    #[error("the policy cannot be put in force")]
    Policy(#[from] InForceError),
    /// The token cannot be made.
    #[error("the first token cannot be made")]
    Token(#[from] ResponseError),
}

impl InitArgs {
    /// Does it, tells what came of it, and gives the exit code.
    pub async fn run(&self) -> Exit {
        let ended = match become_owner(&self.common.dir) {
            Ok(()) => self
                .create()
                .await
                .map_err(|error| Failure::Step(chain(&error))),
            Err(error) => Err(error),
        };
        let ended = ended.map(|made| {
            self.tell(&made);
            Exit::Done
        });
        conclude(ended, &self.common)
    }

    async fn create(&self) -> Result<MadeJson, InitError> {
        let config = Config::usual(&self.common.dir);
        refuse_existing(&config)?;
        let was_there = config.dir.exists();
        let made = self.make(&config).await;
        if made.is_err() {
            // What made it fail is worth more to the reader than that the rest stays.
            drop(clear(&config, was_there));
        }
        made
    }

    async fn make(&self, config: &Config) -> Result<MadeJson, InitError> {
        let now = clock::now();
        directory_create(&config.dir)?;
        let keys = Arc::new(Keys::create(&config.keys_dir(), &self.name, now)?);
        let signer = Arc::clone(&keys.audit);
        let store: Arc<dyn Store> = Arc::new(SqliteStore::make(&config.store_dir(), signer)?);
        let by = By {
            who: Actor::Admin(named(Uid::effective())),
            login: None,
            at: now,
        };
        apply_shipped_policy(store.as_ref(), &by).await?;
        let desk = Desk {
            hub: Arc::<Hub>::default(),
            beacon: Arc::<Beacon>::default(),
            keys: Arc::clone(&keys),
            policy: PolicyInForce::load(store.as_ref(), now).await?,
            listening: Arc::new(Listening::resume(store.as_ref()).await?),
            rehearsing: Arc::default(),
            store,
        };
        let new = NewToken {
            group: String::new(),
            approves: self.approve,
            uses: self.uses,
            valid: FIRST_TOKEN,
            note: "made by init".to_owned(),
        };
        let token = desk.token_create(&new, &by).await?;
        // Written last: a directory with a configuration is a whole collector.
        file_write(&config.path, config.text().as_bytes())?;
        Ok(MadeJson {
            agents_address: config.agents_address.to_string(),
            enrolment_address: config.enrolment_address.to_string(),
            token: token.printed,
            token_expires_at: token.token.expires_at.to_string(),
            root_fingerprint: keys.authority.fingerprint().to_string(),
            audit_public_key: data_encoding::HEXLOWER.encode(keys.audit.public_key()),
            dir: config.dir.clone(),
        })
    }

    fn tell(&self, made: &MadeJson) {
        if self.common.json {
            json(made);
            return;
        }
        let mut paper = self.common.paper();
        let dir = made.dir.display().to_string();
        let host = self.name.first().map_or("HOST", String::as_str);
        let port = made
            .enrolment_address
            .rsplit(':')
            .next()
            .unwrap_or_default();
        paper.line("init-made", &[("dir", &dir)]);
        paper.raw("");
        paper.line(
            "init-token",
            &[
                ("uses", &self.uses.to_string()),
                ("until", &made.token_expires_at),
            ],
        );
        paper.raw("");
        paper.raw(&format!("  {}", made.token));
        paper.raw("");
        paper.line("init-next", &[]);
        paper.raw(&format!("  sekisho-collector serve --dir {dir}"));
        paper.raw(&format!(
            "  sekisho-agent enroll --collector {host}:{port} --token {}",
            made.token
        ));
        paper.raw(&format!("  sekisho-collector device list --dir {dir}"));
        paper.raw("");
        paper.line("init-backup", &[("dir", &dir)]);
        paper.print();
    }
}

/// Removes what was made, none of which was there before.
fn clear(config: &Config, dir_was_there: bool) -> std::io::Result<()> {
    for dir in [config.keys_dir(), config.store_dir()] {
        if dir.exists() {
            std::fs::remove_dir_all(dir)?;
        }
    }
    let mut beside = config.path.as_os_str().to_owned();
    beside.push(".new");
    for file in [config.path.clone(), beside.into()] {
        if file.exists() {
            std::fs::remove_file(file)?;
        }
    }
    if dir_was_there {
        return Ok(());
    }
    std::fs::remove_dir(&config.dir)
}

fn refuse_existing(config: &Config) -> Result<(), InitError> {
    if config.path.exists() {
        return Err(InitError::Exists(config.dir.clone()));
    }
    let is_begun = |path: &Path| path.exists();
    if is_begun(&config.keys_dir()) || is_begun(&config.store_dir()) {
        return Err(InitError::HalfMade(config.dir.clone()));
    }
    let refused = |cause| {
        let path = config.dir.clone();
        InitError::Keys(KeysError::Read { path, cause })
    };
    let entries = match std::fs::read_dir(&config.dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(refused(error)),
    };
    for entry in entries {
        let name = entry.map_err(refused)?.file_name();
        // A file system of its own has this from its making.
        if name != "lost+found" {
            return Err(InitError::NotEmpty {
                dir: config.dir.clone(),
                held: name.to_string_lossy().into_owned(),
            });
        }
    }
    Ok(())
}

/// The policy that the product comes with is recorded as the company's first, so that a later version of
/// the product does not change what is demanded of laptops.
async fn apply_shipped_policy(store: &dyn Store, by: &By) -> Result<(), StoreError> {
    let text = Policy::shipped_text();
    let fingerprint = Fingerprint::of(text.as_bytes());
    let event = AuditEvent {
        at: by.at,
        actor: by.who.clone(),
        action: "policy.applied",
        device: None,
        details: vec![
            ("version", "1".to_owned()),
            ("fingerprint", fingerprint.to_string()),
        ],
    };
    let policy = PolicyVersion {
        version: 1,
        text: text.to_owned(),
        fingerprint,
        applied_at: by.at,
        applied_by: match &by.who {
            Actor::Admin(name) => name.clone(),
            Actor::Device(_) | Actor::Stranger(_) | Actor::Collector => String::new(),
        },
        reverts: None,
        summary: String::new(),
    };
    store.policy_apply(policy, vec![event]).await
}

/// An error with its causes, for people.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said.push_str(": ");
        said.push_str(&error.to_string());
        cause = error.source();
    }
    said
}
