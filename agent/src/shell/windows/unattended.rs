//! The enrolment of a laptop that nobody sits at, by what its installer or a group policy has written.
//!
//! Touches the registry and the state folder, and the network through the enrolment room. Must never ask again for
//! what was refused, and never leave a token where everybody may read it.

mod preset;

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};

use super::chain;
use crate::enrol::{EnrolError, Enrolled, Wish, enrol};
use crate::identity::Identity;
use crate::paths::Paths;
use crate::sensors::Root;
use crate::win::events::WORTHY;

use preset::Preset;

/// How long until a collector that was not reached is tried again: the laptop is on its way.
const AGAIN: Duration = Duration::from_secs(30);
/// How long until the registry is read again. A group policy comes some time after the start.
const LOOK: Duration = Duration::from_secs(20);

/// The enrolment of this process.
#[derive(Debug)]
pub(super) struct Enrolment {
    task: Option<JoinHandle<()>>,
    why_not: watch::Sender<Option<String>>,
}

impl Enrolment {
    /// One that is not begun.
    pub(super) fn new() -> Self {
        Self {
            task: None,
            why_not: watch::Sender::new(None),
        }
    }

    /// Begins it, unless it goes on.
    pub(super) fn begin(&mut self, paths: &Paths, root: &Root) {
        if self.task.as_ref().is_none_or(JoinHandle::is_finished) {
            let task = until_enrolled(paths.clone(), root.clone(), self.why_not.clone());
            self.task = Some(tokio::spawn(task));
        }
    }

    /// Why it has not come about, as far as somebody wants it to.
    pub(super) fn why_not(&self) -> Option<String> {
        self.why_not.borrow().clone()
    }

    /// Removes what is of no use to a laptop that is enrolled.
    pub(super) fn end(&self, paths: &Paths) {
        if let Err(error) = preset::forget_token(paths) {
            tracing::warn!(
                error = chain(&error),
                "a token that is not needed cannot be removed; remove it by hand"
            );
        }
    }

    /// Waits until there is an identity, or another reason why not.
    pub(super) async fn done(&self) {
        // The sender is held, so that this ends by a change alone.
        let _ = self.why_not.subscribe().changed().await;
    }
}

async fn until_enrolled(paths: Paths, root: Root, why_not: watch::Sender<Option<String>>) {
    let mut refused = None;
    while Identity::load(&paths).is_err() {
        let preset = match preset::take(&paths) {
            Ok(Some(preset)) if refused.as_ref() != Some(&preset) => preset,
            Ok(_) => {
                tokio::time::sleep(LOOK).await;
                continue;
            }
            Err(error) => {
                tell(&why_not, &chain(&error));
                tokio::time::sleep(LOOK).await;
                continue;
            }
        };
        match once(&paths, &root, &preset).await {
            Ok(enrolled) => {
                done(&preset, &enrolled);
                why_not.send_replace(None);
                return;
            }
            Err(Failed::MayPass(why)) => {
                tell(&why_not, &why);
                tokio::time::sleep(AGAIN).await;
            }
            Err(Failed::Refused(why)) => {
                tell(&why_not, &why);
                refused = Some(preset);
            }
        }
    }
}

/// Why it failed, and whether it may do better later.
enum Failed {
    MayPass(String),
    Refused(String),
}

impl From<EnrolError> for Failed {
    fn from(error: EnrolError) -> Self {
        let why = chain(&error);
        match error.may_pass() {
            true => Self::MayPass(why),
            false => Self::Refused(why),
        }
    }
}

async fn once(paths: &Paths, root: &Root, preset: &Preset) -> Result<Enrolled, Failed> {
    let (typed, root) = (preset.clone(), root.clone());
    let read = spawn_blocking(move || Wish::read(&typed.collector, &typed.token, &root, false));
    let wish = read.await.map_err(|error| Failed::MayPass(chain(&error)))?;
    let wish = wish.map_err(|error| Failed::Refused(chain(&error)))?;
    Ok(enrol(paths, &wish).await?)
}

fn done(preset: &Preset, enrolled: &Enrolled) {
    tracing::info!(target: WORTHY, device = %enrolled.device, collector = preset.collector, "enrolled");
    let group = &enrolled.register.group;
    if !preset.group.is_empty() && preset.group != *group {
        tracing::warn!(
            wanted = preset.group,
            given = group,
            "the token leads to another group than the installer was told; move the device, or make another token"
        );
    }
}

fn tell(why_not: &watch::Sender<Option<String>>, why: &str) {
    let is_new = why_not.borrow().as_deref() != Some(why);
    if is_new {
        tracing::error!("this laptop cannot enrol: {why}");
        why_not.send_replace(Some(why.to_owned()));
    }
}
