//! Readings as they are written down.
//!
//! Touches nothing. Must never read an unknown back as anything but an unknown.

use sekisho_policy::reading::{Reading, Why};

use super::RowError;

/// A reading whose known value is a text.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct TextRow {
    #[prost(string, optional, tag = "1")]
    known: Option<String>,
    #[prost(message, optional, tag = "2")]
    unknown: Option<WhyRow>,
}

/// A reading whose known value is a small number: a flag, or the code of an enum.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct CodeRow {
    #[prost(uint32, optional, tag = "1")]
    known: Option<u32>,
    #[prost(message, optional, tag = "2")]
    unknown: Option<WhyRow>,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
struct WhyRow {
    #[prost(uint32, tag = "1")]
    code: u32,
    #[prost(string, tag = "2")]
    detail: String,
}

impl From<&Reading<String>> for TextRow {
    fn from(reading: &Reading<String>) -> Self {
        Self {
            known: reading.known().cloned(),
            unknown: why(reading),
        }
    }
}

impl TextRow {
    pub(crate) fn reading(self) -> Result<Reading<String>, RowError> {
        join(self.known, self.unknown)
    }
}

impl CodeRow {
    pub(crate) fn of<T>(reading: &Reading<T>, code: impl FnOnce(&T) -> u32) -> Self {
        Self {
            known: reading.known().map(code),
            unknown: why(reading),
        }
    }

    pub(crate) fn reading<T>(
        self,
        decode: impl FnOnce(u32) -> Result<T, RowError>,
    ) -> Result<Reading<T>, RowError> {
        join(self.known.map(decode).transpose()?, self.unknown)
    }
}

fn why<T>(reading: &Reading<T>) -> Option<WhyRow> {
    match reading {
        Reading::Known(_) | Reading::Absent => None,
        Reading::Unknown(why) => Some(WhyRow {
            code: match why {
                Why::NotPermitted(_) => 1,
                Why::ToolMissing(_) => 2,
                Why::TimedOut(_) => 3,
                Why::Unreadable(_) => 4,
                Why::TooLarge(_) => 5,
                Why::Unsupported(_) => 6,
                Why::NotAsked => 7,
            },
            detail: why.detail().to_owned(),
        }),
    }
}

fn join<T>(known: Option<T>, unknown: Option<WhyRow>) -> Result<Reading<T>, RowError> {
    Ok(match (known, unknown) {
        (None, Some(why)) => Reading::Unknown(match why.code {
            1 => Why::NotPermitted(why.detail),
            2 => Why::ToolMissing(why.detail),
            3 => Why::TimedOut(why.detail),
            4 => Why::Unreadable(why.detail),
            5 => Why::TooLarge(why.detail),
            6 => Why::Unsupported(why.detail),
            7 => Why::NotAsked,
            _ => return Err(RowError::Field("reason of an unknown")),
        }),
        (Some(known), None) => Reading::Known(known),
        (None, None) => Reading::Absent,
        (Some(_), Some(_)) => return Err(RowError::Field("reading")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_reads_back_as_itself() {
        let why = |make: fn(String) -> Why| Reading::Unknown(make("d".to_owned()));
        for reading in [
            Reading::Known(String::new()),
            Reading::Known("x".to_owned()),
            Reading::Absent,
            why(Why::NotPermitted),
            why(Why::ToolMissing),
            why(Why::TimedOut),
            why(Why::Unreadable),
            why(Why::TooLarge),
            why(Why::Unsupported),
            Reading::Unknown(Why::NotAsked),
        ] {
            assert_eq!(TextRow::from(&reading).reading().unwrap(), reading);
            let code = CodeRow::of(&reading, |_| 1);
            assert_eq!(code.reading(|_| Ok(())).unwrap(), reading.map(|_| ()),);
        }
    }
}
