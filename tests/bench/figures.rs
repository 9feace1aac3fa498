//! One line for each figure: name, value, unit, baseline, ratio, bar.
//!
//! Touches standard output. Must never round a miss into a hit.

use std::io::Write;

use anyhow::Result;

/// One measured figure.
pub(crate) struct Figure {
    /// Dotted name, such as `ingest.cpu`.
    pub(crate) name: &'static str,
    /// The measured value.
    pub(crate) value: f64,
    /// Its unit.
    pub(crate) unit: &'static str,
    /// The same figure of the baseline in the same run, where there is one.
    pub(crate) baseline: Option<f64>,
    /// What the ratio to the baseline (or, without one, the value) is held against.
    pub(crate) bar: Option<Bar>,
}

/// A bar a figure is held against.
#[derive(Clone, Copy)]
pub(crate) enum Bar {
    /// Must not be more.
    AtMost(f64),
    /// Must not be less.
    AtLeast(f64),
}

impl Figure {
    fn ratio(&self) -> Option<f64> {
        self.baseline
            .filter(|baseline| *baseline > 0.0)
            .map(|baseline| self.value / baseline)
    }

    /// Whether the bar is met; `None` without a bar.
    fn met(&self) -> Option<bool> {
        let held = self.ratio().unwrap_or(self.value);
        self.bar.map(|bar| match bar {
            Bar::AtMost(most) => held <= most,
            Bar::AtLeast(least) => held >= least,
        })
    }
}

/// Prints figures as they come, for people or one JSON object per line.
pub(crate) struct Sheet {
    json: bool,
}

impl Sheet {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints one figure.
    pub(crate) fn put(&self, figure: &Figure) -> Result<()> {
        let mut out = std::io::stdout().lock();
        let bar = figure.bar.map(|bar| match bar {
            Bar::AtMost(most) => format!("<= {most}"),
            Bar::AtLeast(least) => format!(">= {least}"),
        });
        if self.json {
            let line = serde_json::json!({
                "name": figure.name, "value": figure.value, "unit": figure.unit,
                "baseline": figure.baseline, "ratio": figure.ratio(),
                "bar": bar, "met": figure.met(),
            });
            return Ok(writeln!(out, "{line}")?);
        }
        let ratio = figure
            .ratio()
            .map_or(String::new(), |ratio| format!("  {ratio:.2} x"));
        let baseline = figure
            .baseline
            .map_or(String::new(), |base| format!("  (raw {base:.1})"));
        let met = match figure.met() {
            Some(true) => "  met",
            Some(false) => "  MISSED",
            None => "",
        };
        let bar = bar.map_or(String::new(), |bar| format!("  bar {bar}"));
        writeln!(
            out,
            "{:<24} {:>12.2} {:<10}{baseline}{ratio}{bar}{met}",
            figure.name, figure.value, figure.unit
        )?;
        Ok(())
    }
}

/// The value below which `share` (0 to 1) of the samples lie.
pub(crate) fn percentile(samples: &mut [f64], share: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let last = samples.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index into a few thousand samples"
    )]
    let index = (last as f64 * share).round() as usize;
    samples.get(index).copied().unwrap_or(f64::NAN)
}
