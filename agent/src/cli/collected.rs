//! `sekisho-agent collected`: lists every datum that leaves this laptop, and why.
//!
//! Touches standard output. Must never leave out what is sent, nor promise how long others keep it.

mod list;

use std::io::{self, BufWriter, Write};

use anyhow::Context;
use clap::Args;
use sekisho_policy::words::{Language, text};
use serde::Serialize;

use super::terminal::{Lang, Style, Tone, language};
use super::{EXIT_OK, Failure};
use list::ITEMS;

/// What `collected` can be told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print one JSON object instead of text for people
    #[arg(long)]
    pub(super) json: bool,
    /// Language of the text; that of the locale where it is not given
    #[arg(long, value_enum)]
    lang: Option<Lang>,
}

#[derive(Serialize)]
struct CollectedJson {
    format: &'static str,
    items: Vec<ItemJson>,
}

#[derive(Serialize)]
struct ItemJson {
    name: &'static str,
    what: Words,
    why: Words,
    rules: &'static [&'static str],
    fields: &'static [&'static str],
}

#[derive(Serialize)]
struct Words {
    en: String,
    ja: String,
}

impl Words {
    fn of(key: &str) -> Self {
        Self {
            en: text(Language::En, key, &[]),
            ja: text(Language::Ja, key, &[]),
        }
    }
}

/// Prints the list.
///
/// # Errors
/// [`Failure`] when the output is closed.
pub fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = match arguments.json {
        true => for_programs(&mut out),
        false => for_people(&mut out, language(arguments.lang), Style::of_stdout()),
    };
    match written.and_then(|()| out.flush()) {
        // The reader has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(EXIT_OK),
        other => other
            .context("writing the answer")
            .map(|()| EXIT_OK)
            .map_err(Failure::from),
    }
}

fn for_programs(out: &mut impl Write) -> io::Result<()> {
    let items = ITEMS.iter().map(|item| ItemJson {
        name: item.name,
        what: Words::of(&format!("collected-{}", item.name)),
        why: Words::of(&format!("collected-{}-why", item.name)),
        rules: item.rules,
        fields: item.fields,
    });
    let answer = CollectedJson {
        format: "sekisho.collected/1",
        items: items.collect(),
    };
    serde_json::to_writer(&mut *out, &answer)?;
    writeln!(out)
}

fn for_people(out: &mut impl Write, language: Language, style: Style) -> io::Result<()> {
    let say = |key: &str| text(language, key, &[]);
    writeln!(out, "{}\n", style.wrap(&say("collected-headline"), 0))?;
    for item in ITEMS {
        let what = say(&format!("collected-{}", item.name));
        let what = style.wrap(&what, 0);
        writeln!(out, "{}", style.paint(Tone::Title, &what))?;
        let mut why = say(&format!("collected-{}-why", item.name));
        let titles = item.rules.iter().map(|rule| say(&format!("rule-{rule}")));
        let titles: Vec<String> = titles.collect();
        if !titles.is_empty() {
            let comma = match language {
                Language::En => ", ",
                Language::Ja => "、",
            };
            let args = [("rules", &*titles.join(comma)), ("why", &why)];
            why = text(language, "collected-for", &args);
        }
        writeln!(out, "    {}", style.wrap(&why, 4))?;
    }
    writeln!(out)?;
    for key in ["collected-never", "collected-kept", "collected-values"] {
        writeln!(out, "{}", style.wrap(&say(key), 0))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sekisho_policy::finding::RuleId;
    use sekisho_policy::rules;
    use sekisho_policy::words::width;

    #[test]
    fn every_datum_has_its_words_in_both_languages_and_rules_that_are_there() {
        for item in ITEMS {
            for key in [
                format!("collected-{}", item.name),
                format!("collected-{}-why", item.name),
            ] {
                let words = Words::of(&key);
                assert!(words.en != key && words.ja != key, "{key}");
                assert_ne!(words.en, words.ja, "{key}");
            }
            for rule in item.rules {
                let known = rules::clause(&RuleId((*rule).into())).is_some();
                assert!(known, "{}: {rule}", item.name);
            }
            let is_fact = !item.fields.is_empty();
            assert!(!is_fact || !item.rules.is_empty(), "{}", item.name);
        }
    }

    #[test]
    fn people_read_it_in_lines_that_fit() {
        let style = Style {
            colour: false,
            columns: 80,
        };
        for language in Language::ALL {
            let mut out = Vec::new();
            for_people(&mut out, language, style).unwrap();
            let told = String::from_utf8(out).unwrap();
            assert!(told.lines().all(|line| width(line) <= 80), "{told}");
            assert!(!told.contains("collected-"), "{told}");
        }
    }
}
