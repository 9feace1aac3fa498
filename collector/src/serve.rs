//! `serve(config, listeners, shutdown)`: puts the rooms together.
