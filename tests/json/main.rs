//! What the programs print for programs, against the page that tells it: every command with `--json`, by
//! the real programs.
//!
//! Touches the cast: processes, temporary folders, loopback addresses. Must never let a command pass that
//! the page does not name, nor a shape of the page that nothing has shown.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of a test fails the test"
)]

mod collector;
mod commands;
mod laptop;
mod page;
mod rare;
mod shape;

use sekisho_tests::world::World;

use page::Page;
use shape::Comparison;

#[test]
fn every_command_prints_what_the_page_says() {
    let mut comparison = Comparison::new(Page::read());
    let mut world = World::new();
    let mut aiko = laptop::protected(&world);

    laptop::enrols(&mut comparison, &world, &mut aiko);
    collector::registers(&mut comparison, &world);
    collector::orders(&mut comparison, &world, &aiko);
    collector::records(&mut comparison, &world);
    collector::a_clone(&mut comparison, &world, aiko);
    collector::ends(&mut comparison, &mut world);
    rare::values(&mut comparison);

    comparison.is_complete();
}

#[test]
fn the_page_names_every_command_that_takes_the_option() {
    let named: Vec<String> = Page::read().commands().map(str::to_owned).collect();
    let mut there = commands::with_json("sekisho-agent");
    there.extend(commands::with_json("sekisho-collector"));
    there.sort();
    assert_eq!(named, there);
}
