//! What the agent must remember across a power cut: order, thread, policy, register entry.
