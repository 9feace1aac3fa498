//! Who works at the firewall: one at a time, and what waits until it is free.
//!
//! Touches nothing. Must never forget what was asked for while the firewall was away: nobody asks again.

use crate::cycle::Desire;

/// The firewall, here or at work, with what waits for it.
#[derive(Debug)]
pub(super) struct Turns<T> {
    here: Option<T>,
    wanted: Option<Desire>,
    touched: bool,
}

/// What is done with the firewall next. It is away until it is given back.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn<T> {
    /// Hold it against this.
    Reconcile(T, Desire),
    /// Look whether it is as desired.
    Look(T),
}

impl<T> Turns<T> {
    pub(super) const fn new(firewall: T) -> Self {
        Self {
            here: Some(firewall),
            wanted: None,
            touched: false,
        }
    }

    /// Something is desired, in place of what was and is not begun yet.
    pub(super) fn want(&mut self, desire: Desire) {
        self.wanted = Some(desire);
    }

    /// Whether something desired waits.
    pub(super) const fn is_wanted(&self) -> bool {
        self.wanted.is_some()
    }

    /// Somebody touched the rules. A pass that is under way may have read them before.
    pub(super) const fn touched(&mut self) {
        self.touched = true;
    }

    /// Takes the firewall back.
    pub(super) fn back(&mut self, firewall: T) {
        self.here = Some(firewall);
    }

    /// What waits longest, if the firewall is here.
    pub(super) fn next(&mut self) -> Option<Turn<T>> {
        let firewall = self.here.take()?;
        if let Some(desire) = self.wanted.take() {
            // It reads the rules anew before it lays them.
            self.touched = false;
            return Some(Turn::Reconcile(firewall, desire));
        }
        if std::mem::take(&mut self.touched) {
            return Some(Turn::Look(firewall));
        }
        self.here = Some(firewall);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desire(ended: bool) -> Desire {
        Desire {
            order: None,
            ended,
            lifted_until: None,
        }
    }

    #[test]
    fn what_is_desired_during_a_look_is_begun_when_the_firewall_is_back() {
        let mut turns = Turns::new(());
        turns.touched();
        assert_eq!(turns.next(), Some(Turn::Look(())));
        turns.want(desire(true));
        assert_eq!(turns.next(), None, "the firewall is away");
        turns.back(());
        assert_eq!(turns.next(), Some(Turn::Reconcile((), desire(true))));
    }

    #[test]
    fn a_touch_during_a_reconciliation_is_looked_at_once_it_is_over() {
        let mut turns = Turns::new(());
        turns.want(desire(false));
        assert_eq!(turns.next(), Some(Turn::Reconcile((), desire(false))));
        turns.touched();
        turns.touched();
        assert_eq!(turns.next(), None, "the firewall is away");
        turns.back(());
        assert_eq!(turns.next(), Some(Turn::Look(())));
        turns.back(());
        assert_eq!(turns.next(), None, "once");
    }
}
