//! The one async loop: turns actions into IO and IO into events.
