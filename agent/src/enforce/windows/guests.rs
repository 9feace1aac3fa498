//! Hyper-V's own firewall of this machine, kept at what an isolation asks for.
//!
//! Touches the firewall through the management interface, with a deadline: a provider may hang. Must never write another
//! rule than the two of `enforce::guests`, nor ask where nothing of ours is left to be found.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use tokio::task::spawn_blocking;
use wmi::{Variant, WMIConnection, WMIResult};

use crate::ask::{self, AskError};
use crate::enforce::guests::{
    ACTION, BLOCK, CLASS, DIRECTION, ENABLED, FIRST, GuestFirewall, ID, IS_ENABLED, NAMESPACE,
    PRIORITY, Row, Rule, Standing, Value, keep, look,
};
use crate::shell::chain;
use crate::win::management::failed;

/// How long the management interface may take.
const DEADLINE: Duration = Duration::from_secs(10);
/// How often it is asked to change something: it may just be starting.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);

/// What this process knows of that firewall, and wants of it.
#[derive(Debug, Default)]
pub(super) struct Guests {
    is_cut_off: AtomicBool,
    stands: Mutex<Option<Standing>>,
    /// Held by whoever asks.
    turn: Mutex<()>,
}

impl Guests {
    /// Has it block everything, or frees it, and tells how it stands.
    pub(super) async fn keep(self: &Arc<Self>, is_cut_off: bool) -> Standing {
        self.is_cut_off.store(is_cut_off, Ordering::Release);
        match self.known() {
            // It comes with a newer Windows alone.
            Some(Standing::NoFirewall) => return Standing::NoFirewall,
            Some(Standing::Free) if !is_cut_off => return Standing::Free,
            Some(_) | None => {}
        }
        let stands = self.within(Self::bring_about).await;
        *self.lock() = Some(stands.clone());
        stands
    }

    /// Whether it still blocks, as far as can be told. What could not be brought about is tried once more.
    pub(super) async fn still_blocks(self: &Arc<Self>) -> bool {
        match self.known() {
            Some(Standing::Blocks) => {
                let now = self.look().await;
                !matches!(now, Standing::Free | Standing::Weakened(_))
            }
            Some(Standing::Weakened(_) | Standing::Unknown(_)) => {
                self.keep(true).await;
                true
            }
            Some(Standing::NoFirewall | Standing::Free) | None => true,
        }
    }

    /// How it stands. Changes nothing.
    pub(super) async fn look(self: &Arc<Self>) -> Standing {
        self.within(|_| look(&mut Live)).await
    }

    /// How it stood when it was last asked.
    pub(super) fn known(&self) -> Option<Standing> {
        self.lock().clone()
    }

    async fn within(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Standing + Send + 'static,
    ) -> Standing {
        let this = Arc::clone(self);
        let asked = spawn_blocking(move || {
            ask::within("guest rules", DEADLINE, move || this.in_turn(work))
        });
        match asked.await {
            Ok(Ok(stands)) => stands,
            Ok(Err(error)) => Standing::Unknown(chain(&error)),
            Err(_broken) => Standing::Unknown("the pass over the rules broke off".to_owned()),
        }
    }

    fn in_turn(&self, work: impl FnOnce(&Self) -> Standing) -> Standing {
        let turn = match self.turn.try_lock() {
            Ok(turn) => turn,
            Err(TryLockError::Poisoned(turn)) => turn.into_inner(),
            // It does what is wanted by the time it comes back.
            Err(TryLockError::WouldBlock) => {
                return Standing::Unknown("an earlier question is not answered".to_owned());
            }
        };
        let stands = work(self);
        drop(turn);
        stands
    }

    fn bring_about(&self) -> Standing {
        let mut tries = 0;
        loop {
            let is_cut_off = self.is_cut_off.load(Ordering::Acquire);
            let stands = keep(&mut Live, is_cut_off);
            tries += 1;
            // Whoever asked may be gone by now, and somebody else want the other.
            if self.is_cut_off.load(Ordering::Acquire) != is_cut_off {
                continue;
            }
            match stands {
                Standing::Unknown(_) if tries < TRIES => thread::sleep(PAUSE),
                stands => return stands,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Standing>> {
        self.stands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The firewall of this machine.
struct Live;

impl GuestFirewall for Live {
    fn rules(&mut self) -> Result<Vec<Row>, AskError> {
        done(|firewall| {
            let rules: Vec<HashMap<String, Variant>> =
                firewall.raw_query(format!("SELECT * FROM {CLASS}"))?;
            let rules = rules.into_iter().map(|rule| {
                let fields = rule.into_iter();
                Row(fields
                    .filter_map(|(name, variant)| Some((name, value(variant)?)))
                    .collect())
            });
            Ok(rules.collect())
        })
    }

    fn put(&mut self, rule: &Rule) -> Result<(), AskError> {
        done(|firewall| {
            let made = firewall.get_object(CLASS)?.spawn_instance()?;
            made.put_property(ID, rule.id)?;
            made.put_property("ElementName", rule.name)?;
            made.put_property(DIRECTION, rule.direction)?;
            made.put_property(ACTION, BLOCK)?;
            made.put_property(ENABLED, IS_ENABLED)?;
            made.put_property(PRIORITY, FIRST)?;
            firewall.put_instance(&made)
        })
    }

    fn remove(&mut self, rule: &Rule) -> Result<(), AskError> {
        done(|firewall| firewall.delete_instance(&format!(r#"{}.{ID}="{}""#, CLASS, rule.id)))
    }
}

fn done<T>(work: impl FnOnce(&WMIConnection) -> WMIResult<T>) -> Result<T, AskError> {
    let connection = WMIConnection::with_namespace_path(NAMESPACE);
    let done = connection.and_then(|firewall| work(&firewall));
    done.map_err(|error| failed(NAMESPACE, CLASS, &error))
}

fn value(variant: Variant) -> Option<Value> {
    Some(match variant {
        Variant::String(text) => Value::Texts(vec![text]),
        Variant::Array(items) => Value::Texts(items.into_iter().filter_map(text).collect()),
        Variant::I1(number) => Value::Number(number.into()),
        Variant::I2(number) => Value::Number(number.into()),
        Variant::I4(number) => Value::Number(number.into()),
        Variant::I8(number) => Value::Number(number),
        Variant::UI1(number) => Value::Number(number.into()),
        Variant::UI2(number) => Value::Number(number.into()),
        Variant::UI4(number) => Value::Number(number.into()),
        Variant::UI8(number) => Value::Number(i64::try_from(number).ok()?),
        Variant::Empty
        | Variant::Null
        | Variant::Bool(_)
        | Variant::R4(_)
        | Variant::R8(_)
        | Variant::Unknown(_)
        | Variant::Object(_) => return None,
    })
}

fn text(variant: Variant) -> Option<String> {
    match value(variant)? {
        Value::Texts(texts) => texts.into_iter().next(),
        Value::Number(number) => Some(number.to_string()),
    }
}
