//! Break-glass codes: challenge and response, without a network.
