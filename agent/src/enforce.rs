//! Network isolation: plan, apply, read back, probe.
