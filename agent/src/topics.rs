//! The facts one by one, as they can be read one by one: what an announced change touches.
//!
//! Touches nothing. Must never say that a change touches less than it can.

use sekisho_policy::facts::SectionKind;

/// What is read by itself. The networks are one, since one answer of the kernel tells all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// The machine itself.
    Host,
    /// The volumes.
    Volumes,
    /// The antivirus products.
    Antivirus,
    /// The software.
    Software,
    /// The release of the system.
    Release,
    /// Its updates.
    Updates,
    /// The locks of screens.
    ScreenLocks,
    /// The firewall.
    Firewall,
    /// Secure Boot.
    SecureBoot,
    /// The security chip.
    Tpm,
    /// Who may become root.
    Administrators,
    /// The networks.
    Network,
}

impl Topic {
    const ALL: [Self; 12] = [
        Self::Host,
        Self::Volumes,
        Self::Antivirus,
        Self::Software,
        Self::Release,
        Self::Updates,
        Self::ScreenLocks,
        Self::Firewall,
        Self::SecureBoot,
        Self::Tpm,
        Self::Administrators,
        Self::Network,
    ];

    /// The section of a report that it is in.
    const fn section(self) -> SectionKind {
        match self {
            Self::Host => SectionKind::Host,
            Self::Volumes => SectionKind::Volumes,
            Self::Antivirus => SectionKind::Antivirus,
            Self::Software => SectionKind::Software,
            Self::Release
            | Self::Updates
            | Self::ScreenLocks
            | Self::Firewall
            | Self::SecureBoot
            | Self::Tpm
            | Self::Administrators => SectionKind::Platform,
            Self::Network => SectionKind::Network,
        }
    }

    const fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

/// Some of them.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Topics(u16);

impl Topics {
    /// None: what is known is judged anew.
    pub const NONE: Self = Self(0);
    /// All of them.
    pub const ALL: Self = Self::of(&Topic::ALL);

    /// These.
    #[must_use]
    pub const fn of(mut topics: &[Topic]) -> Self {
        let mut all = Self::NONE;
        while let [first, rest @ ..] = topics {
            all.0 |= first.bit();
            topics = rest;
        }
        all
    }

    /// These and those.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether this one is among them.
    #[must_use]
    pub const fn has(self, topic: Topic) -> bool {
        self.0 & topic.bit() != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// One by one.
    pub fn each(self) -> impl Iterator<Item = Topic> {
        Topic::ALL.into_iter().filter(move |topic| self.has(*topic))
    }

    /// The same, and of each section that one of them is in all the others too.
    #[must_use]
    pub fn whole(self, section: SectionKind) -> Self {
        let is_of = |topic: &Topic| topic.section() == section;
        if !self.each().any(|topic| is_of(&topic)) {
            return self;
        }
        let whole = Topic::ALL.into_iter().filter(is_of);
        whole.fold(self, |all, topic| all.and(Self::of(&[topic])))
    }

    /// Whether one of them is in this section.
    #[must_use]
    pub fn touch(self, section: SectionKind) -> bool {
        self.each().any(|topic| topic.section() == section)
    }
}

impl std::fmt::Debug for Topics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.each()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_is_read_by_some_topic_and_each_topic_by_itself() {
        for section in SectionKind::ALL {
            assert!(Topics::ALL.touch(section), "{section:?}");
            assert!(!Topics::NONE.touch(section), "{section:?}");
        }
        assert_eq!(Topics::ALL.each().count(), Topic::ALL.len());
        for topic in Topic::ALL {
            assert_eq!(Topics::of(&[topic]).each().collect::<Vec<_>>(), [topic]);
        }
        let lock = Topics::of(&[Topic::ScreenLocks]);
        let whole = lock.whole(SectionKind::Platform);
        assert!(whole.has(Topic::Firewall) && !whole.has(Topic::Network));
        assert_eq!(lock.whole(SectionKind::Host), lock);
    }
}
