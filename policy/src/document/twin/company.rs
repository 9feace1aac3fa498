//! The rules that the company wrote itself, as the document writes them.
//!
//! Touches nothing. Must never take a rule that lacks its words in one language.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{Hours, Parameters, UnknownIs, Weight, place};
use crate::document::{InForce, PolicyError};
use crate::finding::{OwnRule, Severity, Wording};
use crate::limits::{COMPANY_RULES_MAX, SHOWN_CHARS_MAX, TITLE_CHARS_MAX};
use crate::rules::company::{self, Expression, InvalidExpression, PREFIX};
use crate::time::Span;
use crate::words::shown;

table!(Rule {
    title: Said<TITLE_CHARS_MAX>,
    remedy: Said<SHOWN_CHARS_MAX>,
    clause: Clause,
    expression: Spanned<Written>,
});

/// Rules by their names.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Rules(BTreeMap<Name, Spanned<Rule>>);

/// What a rule is called in the document and, behind [`PREFIX`], in findings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct Name(String);

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let plain = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
        if (1..=TITLE_CHARS_MAX).contains(&name.len()) && name.chars().all(plain) {
            Ok(Self(name))
        } else {
            Err(format!(
                "a rule's name is 1 to {TITLE_CHARS_MAX} of a to z, 0 to 9 and -"
            ))
        }
    }
}

/// A sentence or a name in both languages.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said<const MAX: usize> {
    en: Line<MAX>,
    ja: Line<MAX>,
}

/// The clause that a rule serves, by both editions' numbers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clause {
    edition_2013: Line<TITLE_CHARS_MAX>,
    edition_2022: Line<TITLE_CHARS_MAX>,
}

/// One line of text, of `MAX` characters at most.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
struct Line<const MAX: usize>(String);

impl<const MAX: usize> TryFrom<String> for Line<MAX> {
    type Error = String;

    fn try_from(line: String) -> Result<Self, Self::Error> {
        if (1..=MAX).contains(&line.chars().count())
            && shown(&line) == line
            && !line.trim().is_empty()
        {
            Ok(Self(line))
        } else {
            Err(format!(
                "one line of 1 to {MAX} characters is wanted, without controls"
            ))
        }
    }
}

/// An expression as it is written, and what came of reading it.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "String")]
struct Written {
    text: String,
    read: Result<Expression, InvalidExpression>,
}

impl From<String> for Written {
    fn from(text: String) -> Self {
        let read = Expression::parse(&text);
        Self { text, read }
    }
}

impl Rules {
    /// These rules over those of the default group.
    pub(super) fn over(self, base: &Self) -> Self {
        let mut laid = base.0.clone();
        for (name, own) in self.0 {
            let own = match laid.remove(&name) {
                Some(base) => {
                    let span = own.span();
                    Spanned::new(span, own.into_inner().over(base.get_ref()))
                }
                None => own,
            };
            laid.insert(name, own);
        }
        Self(laid)
    }

    /// The rules that are in force, ordered by name.
    pub(super) fn in_force(&self, text: &str) -> Result<Vec<InForce>, PolicyError> {
        if let Some((_, over)) = self.0.iter().nth(COMPANY_RULES_MAX) {
            let count = self.0.len();
            let problem = format!(
                "{count} rules of the company's own in one group are not allowed; at most {COMPANY_RULES_MAX} (COMPANY_RULES_MAX)"
            );
            return Err(place::wrong(text, over.span().start, &problem));
        }
        let mut rules = vec![];
        for (name, rule) in &self.0 {
            rules.extend(in_force(&name.0, rule, text)?);
        }
        Ok(rules)
    }
}

fn in_force(name: &str, rule: &Spanned<Rule>, text: &str) -> Result<Option<InForce>, PolicyError> {
    let table = rule.get_ref();
    let (Some(title), Some(remedy), Some(written)) =
        (&table.title, &table.remedy, &table.expression)
    else {
        let problem =
            "a rule has title, remedy (each with en and ja) and expression; one of them is missing";
        return Err(place::wrong(text, rule.span().start, problem));
    };
    let expression = match &written.get_ref().read {
        Ok(expression) => expression.clone(),
        Err(invalid) => {
            let written_as = &written.get_ref().text;
            return Err(place::wrong_within(
                text,
                written.span(),
                written_as,
                invalid,
            ));
        }
    };
    let edition = |number: fn(&Clause) -> &Line<TITLE_CHARS_MAX>| {
        let clause = table.clause.as_ref();
        clause.map_or_else(String::new, |clause| number(clause).0.clone())
    };
    let parameters = company::Parameters {
        id: format!("{PREFIX}{name}"),
        named: OwnRule {
            title: title.wording(),
            edition_2013: edition(|clause| &clause.edition_2013),
            edition_2022: edition(|clause| &clause.edition_2022),
        },
        remedy: remedy.wording(),
        expression,
    };
    Ok(table.with(Severity::Medium, Parameters::Company(parameters)))
}

impl<const MAX: usize> Said<MAX> {
    fn wording(&self) -> Wording {
        Wording {
            en: self.en.0.clone(),
            ja: self.ja.0.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
