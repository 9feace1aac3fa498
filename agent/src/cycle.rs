//! The agent's decisions, without IO: `handle(Event, now) -> Vec<Action>`.
