//! What every store must do, told once and asked of each back-end.
//!
//! Touches the store it is given. Must never know which back-end that is.

pub(crate) mod cast;
mod ledger;
mod orders;
mod register;
mod reports;

use std::sync::Arc;

use super::Store;

/// Opens the store under test; opens the same one again when the one before is dropped.
pub(super) type Open<'a> = &'a dyn Fn() -> Arc<dyn Store>;

/// Asks everything of a back-end, each time on an empty store that `fresh` makes.
pub(super) async fn all(fresh: impl Fn() -> Box<dyn Fn() -> Arc<dyn Store>>) {
    register::a_device_enrols_once_for_each_use_of_its_token(&*fresh()).await;
    register::a_withdrawn_token_lets_nobody_in(&*fresh()).await;
    register::a_race_for_the_last_use_of_a_token_has_one_winner(&*fresh()).await;
    register::a_change_on_an_old_revision_is_refused(&*fresh()).await;
    register::a_device_is_found_by_its_present_key_only(&*fresh()).await;
    register::the_register_is_read_page_by_page(&*fresh()).await;
    reports::a_report_is_recorded_whole(&*fresh()).await;
    reports::a_report_that_does_not_follow_is_refused(&*fresh()).await;
    reports::a_report_judged_upon_one_that_was_not_recorded_is_refused(&*fresh()).await;
    reports::routine_reports_move_the_posture_on(&*fresh()).await;
    reports::a_connection_does_not_undo_a_report(&*fresh()).await;
    reports::a_connection_does_not_undo_a_verdict_made_anew(&*fresh()).await;
    reports::a_verdict_is_on_the_last_report_or_refused(&*fresh()).await;
    reports::a_section_of_any_size_comes_back(&*fresh()).await;
    reports::history_is_read_from_any_report_on(&*fresh()).await;
    reports::a_sign_of_life_never_goes_back(&*fresh()).await;
    reports::the_turns_of_a_device_are_found_newest_first_and_bounded(&*fresh()).await;
    orders::an_order_follows_the_one_in_force(&*fresh()).await;
    orders::a_command_gives_all_its_orders_or_none(&*fresh()).await;
    orders::every_order_of_a_command_is_sent_as_it_was_signed(&*fresh()).await;
    orders::recipients_are_read_page_by_page(&*fresh()).await;
    ledger::a_policy_follows_the_one_in_force(&*fresh()).await;
    ledger::earlier_policies_are_kept_up_to_a_bound(&*fresh()).await;
    ledger::an_exception_goes_on_from_the_step_it_has_reached(&*fresh()).await;
    ledger::entries_stand_in_the_order_they_were_written(&*fresh()).await;
    ledger::a_refused_change_leaves_nothing_behind(&*fresh()).await;
    ledger::all_is_there_after_a_restart(&*fresh()).await;
}
