//! A.9.2.3: only who is meant to can become root.
//!
//! Touches the accounts that the laptop's own files, or Windows' group of administrators, give more rights. Must never pass for all accounts
//! while some were not read, unless the policy says that another place is looked after.

use super::pattern::Pattern;
use super::{Case, Found, Rule, remedy_for};
use crate::facts::{Administrator, Administrators, Evidence};
use crate::finding::{Clause, Message, Outcome};
use crate::reading::{Reading, Why};

/// The rule and its clause.
pub const RULE: Rule = Rule {
    id: "local-administrators",
    clause: Clause {
        promise: "M22",
        edition_2013: "A.9.2.3",
        edition_2022: "8.2",
    },
};

/// What a policy can set on this rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// The groups whose members count, of those the laptop tells of.
    pub groups: Vec<String>,
    /// Accounts that may be administrators beside root.
    pub allowed: Vec<Pattern>,
    /// How many others may be, such as the one user of a laptop.
    pub max_others: u32,
    /// Whether accounts of a directory, which the laptop does not list, are looked after there.
    pub trust_directory: bool,
}

/// The groups of which a laptop tells who is in them.
pub const GROUPS_TOLD: [&str; 8] = [
    "admin",
    "disk",
    "docker",
    "incus-admin",
    "libvirt",
    "lxd",
    "sudo",
    "wheel",
];

/// Those that count where the policy names none: whoever starts a container by a daemon that is root, or
/// writes the disk itself, is root. libvirt's can be kept from it.
const GROUPS_USUAL: [&str; 7] = [
    "admin",
    "disk",
    "docker",
    "incus-admin",
    "lxd",
    "sudo",
    "wheel",
];

/// Windows' own group of administrators, S-1-5-32-544, which has another name in each language. It counts whichever groups
/// a policy names: whoever is in it may do everything.
pub const WINDOWS_GROUP: &str = "Administrators";

impl Default for Parameters {
    fn default() -> Self {
        Self {
            groups: GROUPS_USUAL.map(str::to_owned).to_vec(),
            allowed: vec![],
            max_others: 0,
            trust_directory: false,
        }
    }
}

impl Parameters {
    /// What the rule finds in the case.
    #[must_use]
    pub fn examine(&self, case: &Case<'_>) -> Found {
        match case
            .facts
            .platform
            .fact(|platform| &platform.administrators)
        {
            Reading::Known(known) => self.weigh(known).resting_on(seen(known)),
            Reading::Absent => untold(&Why::NotAsked),
            Reading::Unknown(why) => untold(&why),
        }
    }

    fn weigh(&self, known: &Administrators) -> Found {
        let others = || {
            let accounts = known.accounts.iter();
            accounts.filter(|account| self.is_other(account) && !is_the_system_s(account, known))
        };
        let system = if is_windows(known) {
            "windows"
        } else {
            "other"
        };
        // A second name for root leaves no trace of its own.
        let roots: Vec<&str> = names(others().filter(|account| account.is_root));
        if let Some((first, also)) = roots.split_first() {
            let cause = Message::new("local-administrators-root").with("system", system);
            let remedy = Message::new("local-administrators-root-fix")
                .with("system", system)
                .with("name", *first);
            return Found::new(Outcome::Fail, cause.with("name", *first).and_also(also))
                .mended_by(remedy);
        }
        let found = names(others());
        let count = u32::try_from(found.len()).unwrap_or(u32::MAX);
        if let (true, Some((first, also))) = (count > self.max_others, found.split_first()) {
            let cause = Message::new("local-administrators-many")
                .with("name", *first)
                .with("count", count.to_string())
                .with("max", self.max_others.to_string())
                .and_also(also);
            let remedy = Message::new("local-administrators-fix")
                .with("system", system)
                .with("names", found.join(", "));
            return Found::new(Outcome::Fail, cause).mended_by(remedy);
        }
        let not_read: Vec<&str> = self.not_looked_after(known).collect();
        if !not_read.is_empty() && !self.trust_directory {
            let cause = Message::new("local-administrators-directory")
                .with("system", system)
                .with("sources", not_read.join(", "));
            return Found::new(Outcome::Unknown, cause)
                .mended_by(Message::new("local-administrators-directory-fix"));
        }
        let cause = Message::new("local-administrators-ok").with("count", count.to_string());
        Found::new(Outcome::Pass, cause)
    }

    fn is_other(&self, account: &Administrator) -> bool {
        let by_group = |one: &String| self.groups.contains(one) || one == WINDOWS_GROUP;
        let counts = account.is_root || account.groups.iter().any(by_group);
        counts && !self.allows(&account.name)
    }

    fn allows(&self, name: &str) -> bool {
        self.allowed.iter().any(|one| one.matches(name))
    }

    /// What was not read, but groups that the policy names themselves: whoever allows a group has it looked after.
    fn not_looked_after<'a>(&self, known: &'a Administrators) -> impl Iterator<Item = &'a str> {
        let told = known.not_read.iter().map(String::as_str);
        told.filter(|name| {
            let is_member = known.accounts.iter().any(|account| account.name == *name);
            !(is_member && self.allows(name))
        })
    }
}

fn is_windows(known: &Administrators) -> bool {
    known.accounts.iter().any(is_of_windows)
}

fn is_of_windows(account: &Administrator) -> bool {
    account.groups.iter().any(|one| one == WINDOWS_GROUP)
}

/// Root itself, or the account that every Windows has, which cannot be taken out of the group.
fn is_the_system_s(account: &Administrator, known: &Administrators) -> bool {
    match is_of_windows(account) {
        true => account.is_root && !known.not_read.contains(&account.name),
        false => account.name == "root",
    }
}

fn names<'a>(accounts: impl Iterator<Item = &'a Administrator>) -> Vec<&'a str> {
    accounts.map(|account| account.name.as_str()).collect()
}

fn untold(why: &Why) -> Found {
    let cause = Message::new("local-administrators-unknown").because(why);
    Found::new(Outcome::Unknown, cause).mended_by(remedy_for(why))
}

fn seen(known: &Administrators) -> Vec<Evidence> {
    let mut seen = known.evidence.clone();
    if !known.not_read.is_empty() {
        let not_read = known.not_read.join(" ");
        let source = match is_windows(known) {
            true => "members: not read",
            false => "/etc/nsswitch.conf: not read",
        };
        seen.insert(0, Evidence::new(source, not_read));
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Facts, Platform};
    use crate::rules::testing::{approved, case, check};

    fn account(name: &str, is_root: bool, groups: &[&str]) -> Administrator {
        Administrator {
            name: name.to_owned(),
            is_root,
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        }
    }

    fn examine(parameters: &Parameters, accounts: &[Administrator], not_read: &[&str]) -> Found {
        let facts = Facts {
            platform: Reading::Known(Platform {
                administrators: Reading::Known(Administrators {
                    accounts: accounts.to_vec(),
                    not_read: not_read.iter().map(|one| (*one).to_owned()).collect(),
                    evidence: vec![Evidence::new("/etc/group sudo", "aiko")],
                }),
                ..Platform::not_asked()
            }),
            ..Facts::not_asked()
        };
        parameters.examine(&case(&facts, &approved()))
    }

    fn one_other() -> Parameters {
        Parameters {
            max_others: 1,
            allowed: vec![Pattern::parse("it-*").unwrap()],
            ..Parameters::default()
        }
    }

    #[test]
    fn who_is_allowed_and_so_many_others_may_be_administrators() {
        let root = account("root", true, &[]);
        let team = account("it-kenji", false, &["sudo"]);
        let aiko = account("aiko", false, &["adm", "sudo"]);
        let mari = account("mari", false, &["wheel"]);
        let reader = account("syslog", false, &["adm"]);
        let good = [root.clone(), team.clone(), aiko.clone(), reader];
        check(&examine(&one_other(), &good, &[]), Outcome::Pass, "");
        let many = [root, team, aiko.clone(), mari];
        let found = examine(&one_other(), &many, &[]);
        check(&found, Outcome::Fail, "aiko");
        check(&found, Outcome::Fail, "mari");
        check(&found, Outcome::Fail, "gpasswd");
        let none = Parameters::default();
        check(
            &examine(&none, &[aiko], &[]),
            Outcome::Fail,
            "usermod --gid",
        );
        let docker = account("ken", false, &["docker"]);
        check(&examine(&none, &[docker], &[]), Outcome::Fail, "ken");
        let libvirt = account("ken", false, &["libvirt"]);
        check(&examine(&none, &[libvirt], &[]), Outcome::Pass, "");
    }

    #[test]
    fn a_second_root_is_never_one_of_the_others() {
        let second = [account("root", true, &[]), account("toor", true, &[])];
        check(&examine(&one_other(), &second, &[]), Outcome::Fail, "toor");
        let allowed = Parameters {
            allowed: vec![Pattern::parse("toor").unwrap()],
            ..one_other()
        };
        check(&examine(&allowed, &second, &[]), Outcome::Pass, "");
    }

    fn member(name: &str, is_root: bool) -> Administrator {
        account(name, is_root, &[WINDOWS_GROUP])
    }

    #[test]
    fn whoever_is_in_windows_group_counts_whichever_groups_the_policy_names() {
        let built_in = member("管理者", true);
        let none = Parameters {
            groups: vec!["sudo".to_owned()],
            ..Parameters::default()
        };
        check(
            &examine(&none, std::slice::from_ref(&built_in), &[]),
            Outcome::Pass,
            "",
        );
        let found = examine(&none, &[built_in.clone(), member("aiko", false)], &[]);
        check(&found, Outcome::Fail, "aiko");
        check(&found, Outcome::Fail, "Computer Management");
        let one = [built_in, member("aiko", false)];
        check(&examine(&one_other(), &one, &[]), Outcome::Pass, "");
    }

    #[test]
    fn a_group_among_windows_administrators_is_no_pass_but_where_the_policy_names_it() {
        let admins = r"CORP\Domain Admins";
        let joined = [member("aiko", false), member(admins, false)];
        let two = Parameters {
            max_others: 2,
            ..Parameters::default()
        };
        let found = examine(&two, &joined, &[admins]);
        check(&found, Outcome::Unknown, admins);
        let named = Parameters {
            allowed: vec![Pattern::parse(r"*Domain Admins").unwrap()],
            ..one_other()
        };
        check(&examine(&named, &joined, &[admins]), Outcome::Pass, "");
        // Not a member: a pattern cannot wave a whole directory through.
        let found = examine(&named, &joined, &["other Domain Admins"]);
        check(&found, Outcome::Unknown, "other");
        let anybody = "INTERACTIVE (S-1-5-4)";
        let trusting = Parameters {
            trust_directory: true,
            ..two
        };
        let found = examine(&trusting, &[member(anybody, true)], &[anybody]);
        check(&found, Outcome::Fail, "anybody");
    }

    #[test]
    fn accounts_that_were_not_read_are_no_pass_but_where_the_policy_says_so() {
        let root = [account("root", true, &[])];
        check(
            &examine(&one_other(), &root, &["sss"]),
            Outcome::Unknown,
            "sss",
        );
        let trusting = Parameters {
            trust_directory: true,
            ..one_other()
        };
        check(&examine(&trusting, &root, &["sss"]), Outcome::Pass, "");
        let facts = Facts::not_asked();
        let found = one_other().examine(&case(&facts, &approved()));
        check(&found, Outcome::Unknown, "nobody has asked");
    }
}
