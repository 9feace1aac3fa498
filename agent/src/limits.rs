//! Every bound of the agent, with its unit and its reason.
