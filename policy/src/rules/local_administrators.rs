//! A.9.2.3: only who is meant to can become root.
//!
//! Touches the accounts that the laptop's own files give more rights. Must never pass for all accounts
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

impl Default for Parameters {
    fn default() -> Self {
        Self {
            groups: ["admin", "sudo", "wheel"].map(str::to_owned).to_vec(),
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
            known
                .accounts
                .iter()
                .filter(|account| self.is_other(account))
        };
        // A second name for root leaves no trace of its own.
        let roots: Vec<&str> = names(others().filter(|account| account.is_root));
        if let Some((first, also)) = roots.split_first() {
            let cause = Message::new("local-administrators-root");
            let remedy = Message::new("local-administrators-root-fix").with("name", *first);
            return Found::new(Outcome::Fail, cause.with("name", *first).and_also(also))
                .mended_by(remedy);
        }
        let found = names(others());
        let count = u32::try_from(found.len()).unwrap_or(u32::MAX);
        if let (true, Some((first, also))) = (count > self.max_others, found.split_first()) {
            let groups = others().next().map(|account| account.groups.join(", "));
            let cause = Message::new("local-administrators-many")
                .with("name", *first)
                .with("count", count.to_string())
                .with("max", self.max_others.to_string())
                .and_also(also);
            let remedy = Message::new("local-administrators-fix")
                .with("name", *first)
                .with("groups", groups.unwrap_or_default());
            return Found::new(Outcome::Fail, cause).mended_by(remedy);
        }
        if !known.not_read.is_empty() && !self.trust_directory {
            let sources = known.not_read.join(", ");
            let cause = Message::new("local-administrators-directory").with("sources", sources);
            return Found::new(Outcome::Unknown, cause)
                .mended_by(Message::new("local-administrators-directory-fix"));
        }
        let cause = Message::new("local-administrators-ok").with("count", count.to_string());
        Found::new(Outcome::Pass, cause)
    }

    fn is_other(&self, account: &Administrator) -> bool {
        let counts = account.is_root || account.groups.iter().any(|one| self.groups.contains(one));
        let allowed = self.allowed.iter().any(|one| one.matches(&account.name));
        counts && !allowed && account.name != "root"
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
        seen.insert(0, Evidence::new("/etc/nsswitch.conf: not read", not_read));
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
        check(&examine(&none, &[aiko], &[]), Outcome::Fail, "adm, sudo");
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
