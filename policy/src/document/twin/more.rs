//! Tables of rules that came later.
//!
//! Touches nothing. Must never hold a bound that is not named in `values`.

use super::super::values::{Class, Kinds, Media, UnknownIs, Weight};
use super::{Hours, InForce};
use crate::finding::Severity;
use crate::rules::{Parameters, no_active_malware, removable_media, take_out_approved};
use crate::time::Span;
use serde::Deserialize;

table!(NoActiveMalware {
    accept_allowed: bool
});
table!(TakeOutApproved {
    from_class: Class,
    warn_before_hours: Hours,
});

impl TakeOutApproved {
    pub(super) fn in_force(&self) -> Option<InForce> {
        let usual = take_out_approved::Parameters::default();
        let parameters = take_out_approved::Parameters {
            from_class: self.from_class.map_or(usual.from_class, Into::into),
            warn_before: self
                .warn_before_hours
                .map_or(usual.warn_before, |hours| Span::from_hours(hours.0)),
        };
        self.with(Severity::High, Parameters::TakeOutApproved(parameters))
    }
}
table!(RemovableMedia {
    from_class: Class,
    media: Media,
    accept: Kinds,
});

impl RemovableMedia {
    pub(super) fn in_force(&self) -> Option<InForce> {
        let usual = removable_media::Parameters::default();
        let accept = self.accept.as_ref();
        let parameters = removable_media::Parameters {
            from_class: self.from_class.map_or(usual.from_class, Into::into),
            media: self.media.map_or(usual.media, Into::into),
            accept: accept.map_or(usual.accept, |kinds| kinds.0.clone()),
        };
        self.with(Severity::High, Parameters::RemovableMedia(parameters))
    }
}

impl NoActiveMalware {
    pub(super) fn in_force(&self) -> Option<InForce> {
        let parameters = no_active_malware::Parameters {
            accept_allowed: self.accept_allowed.unwrap_or_default(),
        };
        self.with(Severity::Critical, Parameters::NoActiveMalware(parameters))
    }
}
