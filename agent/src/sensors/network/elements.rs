//! The elements of a beacon or a probe response (IEEE 802.11, 9.4.2), taken apart.
//!
//! Touches nothing. Must never read beyond an element's own length.

/// Robust Security Network: WPA2 and WPA3.
pub(in crate::sensors) const ELEMENT_RSN: u8 = 48;
/// WAPI, the Chinese standard.
pub(in crate::sensors) const ELEMENT_WAPI: u8 = 68;
const ELEMENT_VENDOR: u8 = 221;
/// Microsoft's number with the kind of element that is WPA's.
const WPA: [u8; 4] = [0x00, 0x50, 0xf2, 1];

/// The elements of one access point.
#[derive(Debug, Clone, Copy)]
pub(in crate::sensors) struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    pub(in crate::sensors) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The value of the first element with this number.
    pub(in crate::sensors) fn first(&self, number: u8) -> Option<&'a [u8]> {
        self.each()
            .find_map(|(id, value)| (id == number).then_some(value))
    }

    /// What follows the head of WPA's element.
    pub(in crate::sensors) fn wpa(&self) -> Option<&'a [u8]> {
        self.each().find_map(|(id, value)| {
            let of_wpa = value.strip_prefix(&WPA);
            of_wpa.filter(|_| id == ELEMENT_VENDOR)
        })
    }

    /// Whether the bytes end with a whole element: what follows a broken one may have been the security.
    pub(in crate::sensors) fn are_whole(&self) -> bool {
        let read: usize = self
            .each()
            .map(|(_, value)| value.len().saturating_add(2))
            .sum();
        read == self.0.len()
    }

    fn each(&self) -> impl Iterator<Item = (u8, &'a [u8])> + use<'a> {
        let mut bytes = self.0;
        std::iter::from_fn(move || {
            let [id, length, rest @ ..] = bytes else {
                return None;
            };
            let (value, after) = rest.split_at_checked(usize::from(*length))?;
            bytes = after;
            Some((*id, value))
        })
    }
}
