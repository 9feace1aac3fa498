//! M4: the antivirus runs, and its definitions are current.
//!
//! Touches the products as they were found. Must never take the time of a download for the age of
//! the definitions, nor a date in the future for a young one.

mod product;

pub(super) use self::product::AHEAD_MAX;
use self::product::{Trouble, Weight};
use super::pattern::Pattern;
use super::{Case, Found, Rule};
use crate::facts::AntivirusProduct;
use crate::finding::{Clause, Message, Outcome};
use crate::reading::{Reading, Why};
use crate::time::{Span, Timestamp};

/// The rule and its clause.
pub const RULE: Rule = Rule {
    id: "definitions-current",
    clause: Clause {
        promise: "M4",
        edition_2013: "A.6.2.1(4)",
        edition_2022: "8.7",
    },
};

/// What a policy can set on this rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// How old definitions may be, counted from when their maker built them.
    pub max_age: Span,
    /// How long before that the user is told.
    pub warn_before: Span,
    /// Whether files must be checked as they are opened.
    pub require_realtime: bool,
    /// The products that count; empty for any.
    pub products: Vec<Pattern>,
    /// Whether every product that counts must be in order, or one is enough.
    pub every_product: bool,
    /// Whether a product without definitions on the laptop is accepted when it runs.
    pub accept_cloud: bool,
    /// Whether such a product must show that it protects in full, or it is enough that nothing speaks against it.
    pub require_cloud_health: bool,
    /// How old the last scan of the whole machine may be; `None` where none is asked for.
    pub max_full_scan_age: Option<Span>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            max_age: Span::from_days(7),
            warn_before: Span::from_days(1),
            require_realtime: false,
            products: vec![],
            every_product: false,
            accept_cloud: true,
            require_cloud_health: true,
            max_full_scan_age: None,
        }
    }
}

impl Parameters {
    /// What the rule finds in the case.
    #[must_use]
    pub fn examine(&self, case: &Case<'_>) -> Found {
        let products = match &case.facts.antivirus {
            Reading::Known(products) => products,
            Reading::Absent => {
                return Found::new(Outcome::Fail, Message::new("definitions-current-none"))
                    .mended_by(Message::new("definitions-current-none-fix"));
            }
            Reading::Unknown(why) => {
                let cause = Message::new("definitions-current-unknown").because(why);
                return Found::new(Outcome::Unknown, cause).mended_by(super::remedy_for(why));
            }
        };
        if products.is_empty() {
            let cause = Message::new("definitions-current-unlisted");
            return Found::new(Outcome::Unknown, cause).mended_by(Message::new("remedy-unknown"));
        }
        let counting: Vec<(Weight<'_>, &AntivirusProduct)> = products
            .iter()
            .filter(|product| self.concerns(product))
            .map(|product| (self.weigh(product, case), product))
            .collect();
        let evidence = products
            .iter()
            .flat_map(|product| product::seen(product, case.now));
        self.conclude(&counting, case).resting_on(evidence)
    }

    fn concerns(&self, product: &AntivirusProduct) -> bool {
        self.products.is_empty()
            || self
                .products
                .iter()
                .any(|wanted| wanted.matches(&product.name))
    }

    fn conclude(&self, counting: &[(Weight<'_>, &AntivirusProduct)], case: &Case<'_>) -> Found {
        let now = case.now;
        let find =
            |wanted: fn(&Weight<'_>) -> bool| counting.iter().find(|(weight, _)| wanted(weight));
        let troubled = counting
            .iter()
            .filter(|(weight, _)| matches!(weight, Weight::Troubled(_)))
            .max_by_key(|(weight, _)| weight.nearness());
        let good = counting
            .iter()
            .filter(|(weight, _)| matches!(weight, Weight::Good(_)));
        let good = if self.every_product {
            good.min_by_key(|(weight, _)| weight.ends())
        } else {
            good.max_by_key(|(weight, _)| weight.ends())
        };
        let untold = find(|weight| {
            matches!(
                weight,
                Weight::Untold(_)
                    | Weight::HealthUntold(_)
                    | Weight::DefinitionsUntold(_)
                    | Weight::NoScanList
                    | Weight::ScanListShort
                    | Weight::ScanAhead(_)
                    | Weight::Ahead(_)
            )
        });
        let decides = if self.every_product {
            troubled.or(untold).or(good)
        } else {
            good.or(untold).or(troubled)
        };
        match decides {
            None => self.missing(),
            Some((Weight::Troubled(trouble), product)) => self.trouble(trouble, product, now),
            Some((Weight::Untold(why), product)) => untold_of(why, product),
            Some((Weight::HealthUntold(why), product)) => {
                told_to_root(why, product, "definitions-current-health-fix")
            }
            Some((Weight::DefinitionsUntold(why), product)) => {
                told_to_root(why, product, "definitions-current-root-fix")
            }
            Some((Weight::ScanAhead(at), product)) => scan_ahead(*at, product),
            Some((Weight::NoScanList, product)) => no_scan_list(product),
            Some((Weight::ScanListShort, product)) => self.scan_list_short(product),
            Some((Weight::Ahead(built_at), product)) => ahead(*built_at, product),
            Some((Weight::Good(Some(ends)), product)) if *ends < case.latest => untimed(product),
            Some((Weight::Good(ends), product)) => self.good(*ends, product, now),
        }
    }

    fn good(&self, ends: Option<Timestamp>, product: &AntivirusProduct, now: Timestamp) -> Found {
        let Some(ends) = ends else {
            let cause = Message::new("definitions-current-cloud").with("product", &*product.name);
            return Found::new(Outcome::Pass, cause);
        };
        let left = ends.since(now);
        if left > self.warn_before {
            let cause = Message::new("definitions-current-ok")
                .with("product", &*product.name)
                .with("until", ends.to_string());
            return Found::new(Outcome::Pass, cause);
        }
        let cause = Message::new("definitions-current-soon")
            .with("product", &*product.name)
            .with("until", ends.to_string())
            .with("hours", (left.secs() / 3600).to_string());
        Found::new(Outcome::Pass, cause).mended_by(update(product))
    }

    fn trouble(&self, trouble: &Trouble, product: &AntivirusProduct, now: Timestamp) -> Found {
        let name = product.name.as_str();
        let (cause, remedy) = match trouble {
            Trouble::NotRunning => (
                Message::new("definitions-current-stopped"),
                Message::new("definitions-current-stopped-fix").with("product", name),
            ),
            Trouble::Degraded => (
                Message::new("definitions-current-degraded"),
                Message::new("definitions-current-degraded-fix").with("product", name),
            ),
            Trouble::NotScanned(at) => self.not_scanned(*at, product, now),
            Trouble::NoRealtime => (
                Message::new("definitions-current-no-realtime"),
                Message::new("definitions-current-no-realtime-fix").with("product", name),
            ),
            Trouble::NoDefinitions => (
                Message::new("definitions-current-no-definitions"),
                update(product),
            ),
            Trouble::CloudRefused => (
                Message::new("definitions-current-cloud-refused"),
                Message::new("definitions-current-none-fix"),
            ),
            Trouble::Old(built_at) => (
                Message::new("definitions-current-old")
                    .with("built", built_at.to_string())
                    .with("days", (now.since(*built_at).secs() / 86_400).to_string())
                    .with("max_days", (self.max_age.secs() / 86_400).to_string()),
                update(product),
            ),
        };
        Found::new(Outcome::Fail, cause.with("product", name)).mended_by(remedy)
    }

    fn not_scanned(
        &self,
        at: Option<Timestamp>,
        product: &AntivirusProduct,
        now: Timestamp,
    ) -> (Message, Message) {
        let days = |span: Span| (span.secs() / 86_400).to_string();
        let cause = match at {
            Some(at) => {
                Message::new("definitions-current-scan-old").with("days", days(now.since(at)))
            }
            None => Message::new("definitions-current-never-scanned"),
        };
        let max_age = self.max_full_scan_age.unwrap_or(Span(0));
        let cause = cause.with("max_days", days(max_age));
        let remedy = Message::new("definitions-current-scan-fix");
        (cause, remedy.with("product", product.name.as_str()))
    }

    /// A scan of the whole machine may have been pushed out of the list by later ones.
    fn scan_list_short(&self, product: &AntivirusProduct) -> Found {
        let name = product.name.as_str();
        let max_age = self.max_full_scan_age.unwrap_or(Span(0));
        let cause = Message::new("definitions-current-scan-list-short")
            .with("product", name)
            .with("max_days", (max_age.secs() / 86_400).to_string());
        let remedy = Message::new("definitions-current-scan-fix").with("product", name);
        Found::new(Outcome::Unknown, cause).mended_by(remedy)
    }

    fn missing(&self) -> Found {
        let wanted: Vec<&str> = self.products.iter().map(Pattern::written).collect();
        let wanted = wanted.join(", ");
        let cause = Message::new("definitions-current-other").with("wanted", &*wanted);
        Found::new(Outcome::Fail, cause)
            .mended_by(Message::new("definitions-current-other-fix").with("wanted", wanted))
    }
}

fn untold_of(why: &Why, product: &AntivirusProduct) -> Found {
    let cause = Message::new("definitions-current-product-unknown")
        .with("product", product.name.as_str())
        .because(why);
    Found::new(Outcome::Unknown, cause).mended_by(super::remedy_for(why))
}

/// The makers let root alone ask, which the agent is not: no check as administrator mends what the service finds.
fn told_to_root(why: &Why, product: &AntivirusProduct, remedy: &str) -> Found {
    let found = untold_of(why, product);
    match why {
        Why::NotPermitted(_) => {
            let remedy = Message::new(remedy);
            found.mended_by(remedy.with("product", product.name.as_str()))
        }
        Why::ToolMissing(_)
        | Why::TimedOut(_)
        | Why::Unreadable(_)
        | Why::TooLarge(_)
        | Why::Unsupported(_)
        | Why::NotAsked => found,
    }
}

/// No way to tell when the machine was last scanned.
fn no_scan_list(product: &AntivirusProduct) -> Found {
    let name = product.name.as_str();
    let cause = Message::new("definitions-current-no-scan-list").with("product", name);
    Found::new(Outcome::Unknown, cause)
        .mended_by(Message::new("definitions-current-no-scan-list-fix"))
}

/// In order by a clock that is wrong.
fn untimed(product: &AntivirusProduct) -> Found {
    let cause = Message::new("definitions-current-clock").with("product", product.name.as_str());
    Found::new(Outcome::Unknown, cause).mended_by(Message::new("remedy-clock"))
}

fn ahead(built_at: Timestamp, product: &AntivirusProduct) -> Found {
    let cause = Message::new("definitions-current-ahead")
        .with("product", product.name.as_str())
        .with("built", built_at.to_string());
    Found::new(Outcome::Unknown, cause).mended_by(Message::new("definitions-current-ahead-fix"))
}

fn scan_ahead(at: Timestamp, product: &AntivirusProduct) -> Found {
    let cause = Message::new("definitions-current-scan-ahead")
        .with("product", product.name.as_str())
        .with("built", at.to_string());
    Found::new(Outcome::Unknown, cause).mended_by(Message::new("remedy-clock"))
}

fn update(product: &AntivirusProduct) -> Message {
    Message::new("definitions-current-update").with("product", product.name.as_str())
}

#[cfg(test)]
mod tests;
