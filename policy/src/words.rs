//! The one catalogue of messages people read, in Japanese and English.
//!
//! Touches nothing: both languages are compiled in. Must never fail: a key that is not in the
//! catalogue is shown as the key, and what strangers wrote is shown with its controls written out.

mod layout;
mod names;
mod shown;

use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::finding::Message;

pub use layout::{lines_of_columns, wrap};
pub use names::{
    access, data_class, link_kind, outcome, package_source, place, registration, rule_title,
    severity, standing, vpn_kind, why, wifi_cipher, wifi_security,
};
pub use shown::{pad, shown, shown_within, truncate, width};

/// A language that messages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

impl Language {
    /// Every language of the catalogue.
    pub const ALL: [Self; 2] = [Self::En, Self::Ja];

    /// The language of a locale, as `LC_ALL`, `LANG`, `LANGUAGE` or Windows write it
    /// (`ja_JP.UTF-8`, `ja-JP`, `ja:en`, `Japanese_Japan.932`). English for `C` and all others.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        let first = locale
            .split(['_', '-', '.', '@', ':'])
            .next()
            .unwrap_or_default();
        if ["ja", "jpn", "japanese"]
            .iter()
            .any(|name| first.eq_ignore_ascii_case(name))
        {
            Self::Ja
        } else {
            Self::En
        }
    }

    /// The language's tag of BCP 47.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ja => "ja",
        }
    }

    const fn source(self) -> &'static str {
        match self {
            Self::En => include_str!("../words/en.ftl"),
            Self::Ja => include_str!("../words/ja.ftl"),
        }
    }
}

/// Puts a message into words. Of an argument that is given in several languages (`text.en`, `text.ja`)
/// the message has the one in its own (`text`).
#[must_use]
pub fn say(language: Language, message: &Message) -> String {
    let args = message.args.iter().filter_map(|(name, value)| {
        let name = match name.split_once('.') {
            Some((name, tag)) if tag == language.tag() => name,
            Some(_) => return None,
            None => name.as_str(),
        };
        Some((name, value.as_str()))
    });
    render(language, &message.key, args)
}

/// Puts the catalogue's message `key` into words, with arguments by name.
#[must_use]
pub fn text(language: Language, key: &str, args: &[(&str, &str)]) -> String {
    render(language, key, args.iter().copied())
}

fn render<'a>(
    language: Language,
    key: &str,
    args: impl Iterator<Item = (&'a str, &'a str)>,
) -> String {
    let bundle = catalogue(language);
    let pattern = bundle.get_message(key).and_then(|message| message.value());
    let Some(pattern) = pattern else {
        return shown(key).into_owned();
    };
    let args: FluentArgs<'_> = args.map(|(name, text)| (name, value(text))).collect();
    let mut missing = vec![];
    bundle
        .format_pattern(pattern, Some(&args), &mut missing)
        .into_owned()
}

/// A number where the text is one and would be written back the same, so that a message can ask
/// for one or many; else the text, made safe to show.
fn value(text: &str) -> FluentValue<'_> {
    let canonical = text == "0" || !text.starts_with('0');
    if canonical
        && !text.is_empty()
        && text.len() <= 9
        && text.bytes().all(|byte| byte.is_ascii_digit())
    {
        FluentValue::try_number(text)
    } else {
        FluentValue::String(shown(text))
    }
}

type Catalogue = FluentBundle<FluentResource>;

fn catalogue(language: Language) -> &'static Catalogue {
    static EN: OnceLock<Catalogue> = OnceLock::new();
    static JA: OnceLock<Catalogue> = OnceLock::new();
    let cell = match language {
        Language::En => &EN,
        Language::Ja => &JA,
    };
    cell.get_or_init(|| {
        let tag: LanguageIdentifier = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // The marks would stand in terminals and in text that is copied out of them; what they guard
        // against is written out by `shown`.
        bundle.set_use_isolating(false);
        let resource = match FluentResource::try_new(language.source().to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        bundle.add_resource_overriding(resource);
        bundle
    })
}

#[cfg(test)]
mod tests;
