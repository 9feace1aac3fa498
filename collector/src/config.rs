//! The configuration file and the environment; opens nothing else.
