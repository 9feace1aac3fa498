//! Takes a report: checks, judges, records. The core; knows no wire and no store but the trait.
