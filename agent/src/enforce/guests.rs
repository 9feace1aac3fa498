//! What Hyper-V's own firewall is to hold while this laptop is cut off: the machines of WSL and containers send below the
//! filters of Windows, and through that firewall (Windows 11 22H2 and later).
//!
//! Touches that firewall through a [`GuestFirewall`] alone, so that what decides runs on every system. Must never touch
//! another's rule, nor take a rule for in force that was not read back.
//!
//! Numbers and fields: `MSFT_NetFirewallHyperVRule`,
//! <https://learn.microsoft.com/windows/win32/fwp/wmi/wfascimprov/msft-netfirewallhypervrule>.

use std::collections::BTreeMap;

use crate::ask::AskError;
use crate::shell::chain;

/// Where the rules are.
pub const NAMESPACE: &str = r"ROOT\StandardCimv2";
/// Their class.
pub const CLASS: &str = "MSFT_NetFirewallHyperVRule";

/// A rule that is there, with what it has in its fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row(pub BTreeMap<String, Value>);

/// What is in a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A number.
    Number(i64),
    /// A text, or a list of them.
    Texts(Vec<String>),
}

impl Row {
    fn number(&self, field: &str) -> Option<i64> {
        match self.0.get(field) {
            Some(Value::Number(number)) => Some(*number),
            Some(Value::Texts(_)) | None => None,
        }
    }

    fn text(&self, field: &str) -> Option<&str> {
        match self.0.get(field) {
            Some(Value::Texts(texts)) => texts.first().map(String::as_str),
            Some(Value::Number(_)) | None => None,
        }
    }
}

/// What names a rule.
pub const ID: &str = "InstanceID";
/// 1 inbound, 2 outbound.
pub const DIRECTION: &str = "Direction";
/// [`BLOCK`] or another.
pub const ACTION: &str = "Action";
/// [`IS_ENABLED`] or another.
pub const ENABLED: &str = "Enabled";
/// Lower ones are asked first; 0 stands for none, which is 1 for a rule that blocks.
pub const PRIORITY: &str = "RulePriority";
const PROFILES: &str = "Profiles";
const ENFORCEMENT: &str = "EnforcementStatus";
/// Fields by which a rule is for some machines or packets only.
const NARROWING: [&str; 6] = [
    "VMCreatorId",
    "Protocol",
    "LocalAddresses",
    "LocalPorts",
    "RemoteAddresses",
    "RemotePorts",
];
/// How the platform writes that such a field narrows nothing; the GUID stands for every creator.
const ANY: [&str; 3] = ["Any", "*", "{00000000-0000-0000-0000-000000000000}"];

/// The action of ours.
pub const BLOCK: i32 = 4;
/// Said of a rule that is switched on.
pub const IS_ENABLED: i32 = 1;
/// Before all that is of another priority.
pub const FIRST: i32 = 1;
/// Any profile, and all three of them by name.
const EVERY_PROFILE: [i64; 2] = [0, 7];
/// `ParsingError` and `Error`. Other numbers say that there is nothing to enforce just now.
const NOT_ENFORCED: [i64; 2] = [4, 5];

/// A rule of ours: it blocks everything in one direction, for every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its name to the platform.
    pub id: &'static str,
    /// Its name to people.
    pub name: &'static str,
    /// In or out.
    pub direction: i32,
}

/// Both of them.
pub const RULES: [Rule; 2] = [
    Rule {
        id: "{74866c39-9b3b-4ae8-ba11-0796409d6dfd}",
        name: "Sekisho isolation, inbound",
        direction: 1,
    },
    Rule {
        id: "{0b91854a-6ff1-4131-8b7b-6a012fc4eaae}",
        name: "Sekisho isolation, outbound",
        direction: 2,
    },
];

/// Hyper-V's firewall.
pub trait GuestFirewall {
    /// The rules that are there, anybody's.
    ///
    /// # Errors
    /// [`AskError::ToolMissing`] on a Windows without this firewall.
    fn rules(&mut self) -> Result<Vec<Row>, AskError>;

    /// Makes this rule.
    ///
    /// # Errors
    /// [`AskError`] when it was not made.
    fn put(&mut self, rule: &Rule) -> Result<(), AskError>;

    /// Takes this rule away.
    ///
    /// # Errors
    /// [`AskError`] when it was not.
    fn remove(&mut self, rule: &Rule) -> Result<(), AskError>;
}

/// How Hyper-V's firewall stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// This Windows has none.
    NoFirewall,
    /// It blocks everything.
    Blocks,
    /// None of our rules is there.
    Free,
    /// This rule of ours is not what it was made; or it is missing, and the other is there.
    Weakened(&'static str),
    /// It cannot be told, or not be changed.
    Unknown(String),
}

/// How it stands. Changes nothing.
#[must_use]
pub fn look(firewall: &mut impl GuestFirewall) -> Standing {
    match firewall.rules() {
        Ok(found) => standing(&found),
        Err(AskError::ToolMissing(_)) => Standing::NoFirewall,
        Err(error) => Standing::Unknown(chain(&error)),
    }
}

/// Has it block everything, or frees it of our rules, where it does not stand so already; and reads it back.
#[must_use]
pub fn keep(firewall: &mut impl GuestFirewall, is_cut_off: bool) -> Standing {
    let desired = if is_cut_off {
        Standing::Blocks
    } else {
        Standing::Free
    };
    let found = match firewall.rules() {
        Ok(found) => found,
        Err(AskError::ToolMissing(_)) => return Standing::NoFirewall,
        Err(error) => return Standing::Unknown(chain(&error)),
    };
    if standing(&found) == desired {
        return desired;
    }
    let mut trouble = None;
    for rule in &RULES {
        let there = found.iter().any(|row| row.text(ID) == Some(rule.id));
        let stays = is_cut_off && found.iter().any(|row| is_in_force(row, rule));
        // One that somebody changed is made anew: not all of its fields can be written.
        let removed = if there && !stays {
            firewall.remove(rule)
        } else {
            Ok(())
        };
        let made = if is_cut_off && !stays {
            firewall.put(rule)
        } else {
            Ok(())
        };
        trouble = trouble.or(removed.and(made).err());
    }
    match (look(firewall), trouble) {
        (stands, _) if stands == desired => stands,
        (_, Some(error)) => Standing::Unknown(chain(&error)),
        (stands, None) => stands,
    }
}

/// What an isolation leaves open where Hyper-V or WSL is switched on.
#[must_use]
pub fn below_the_filters(guests: Option<&Standing>) -> String {
    match guests {
        Some(Standing::Blocks) => {
            "Hyper-V's own firewall blocks WSL and containers; a virtual machine that Hyper-V runs for itself may not pass it"
                .to_owned()
        }
        Some(Standing::NoFirewall) => {
            "Hyper-V or WSL is switched on, what their machines send goes below the filters, and this Windows has no firewall \
             for them (it comes with Windows 11 22H2)"
                .to_owned()
        }
        Some(Standing::Weakened(rule)) => open_because(&format!("\"{rule}\" is not in force")),
        Some(Standing::Unknown(why)) => open_because(why),
        Some(Standing::Free) | None => open_because("nobody has asked for its rules"),
    }
}

fn open_because(why: &str) -> String {
    format!(
        "Hyper-V or WSL is switched on, what their machines send goes below the filters, and that Hyper-V's own firewall \
         blocks it is not known: {why}"
    )
}

fn standing(found: &[Row]) -> Standing {
    let is_ours = |row: &Row| RULES.iter().any(|rule| row.text(ID) == Some(rule.id));
    if !found.iter().any(is_ours) {
        return Standing::Free;
    }
    let is_kept = |rule: &&Rule| found.iter().any(|row| is_in_force(row, rule));
    match RULES.iter().find(|rule| !is_kept(rule)) {
        None => Standing::Blocks,
        Some(rule) => Standing::Weakened(rule.name),
    }
}

/// Whether this is the rule, with nothing that makes it less.
fn is_in_force(row: &Row, rule: &Rule) -> bool {
    let is = |field, wanted: i32| row.number(field) == Some(i64::from(wanted));
    let profiles = row.number(PROFILES).unwrap_or(0);
    row.text(ID) == Some(rule.id)
        && is(DIRECTION, rule.direction)
        && is(ACTION, BLOCK)
        && is(ENABLED, IS_ENABLED)
        && row.number(PRIORITY).unwrap_or(0) <= i64::from(FIRST)
        && EVERY_PROFILE.contains(&profiles)
        && !row
            .number(ENFORCEMENT)
            .is_some_and(|number| NOT_ENFORCED.contains(&number))
        && !NARROWING.iter().any(|field| narrows(row, field))
}

fn narrows(row: &Row, field: &str) -> bool {
    let says_any = |text: &String| text.is_empty() || ANY.contains(&text.as_str());
    match row.0.get(field) {
        None => false,
        Some(Value::Texts(texts)) => !texts.iter().all(says_any),
        Some(Value::Number(_)) => true,
    }
}

#[cfg(test)]
mod tests;
