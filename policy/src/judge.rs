//! The judgement: `judge(report, entry, previous, policy, now) -> Verdict`.
