//! Sections of a report: encoding, digest, bounded compression and decoding.
//!
//! Touches bytes in memory. Must never hold more memory for a section than its limits allow: a
//! frame states its size and is refused before it is unpacked, and items are counted before they
//! are decoded.

mod count;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::io;

use prost::Message;
use zstd::bulk::Decompressor;
use zstd::zstd_safe;

use sekisho_policy::facts::{Facts, SectionKind};
use sekisho_policy::id::Fingerprint;
use sekisho_policy::limits::{ANTIVIRUS_PRODUCTS_MAX, SOFTWARE_ITEMS_MAX, VOLUMES_MAX};
use sekisho_policy::reading::{Reading, Why};

use crate::convert::{InvalidMessage, alien_reading, unknown_from, within};
use crate::limits::{
    SECTION_BYTES_MAX, SECTION_COMPRESSED_BYTES_MAX, SMALL_SECTION_BYTES_MAX, SOFTWARE_SOURCES_MAX,
};
use crate::wire;
use crate::wire::section::Body;

/// Level 3, zstd's own default: higher ones cost the laptop several times the CPU for a few per
/// cent of an inventory.
const COMPRESSION_LEVEL: i32 = 3;

/// One fact as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedSection {
    /// Which fact.
    pub kind: SectionKind,
    /// SHA-256 of the bytes.
    pub digest: Fingerprint,
    /// An encoded `sekisho.v1.Section`, not compressed.
    pub bytes: Vec<u8>,
}

/// Encodes one fact. A fact beyond the limits of the wire becomes `Unknown(TooLarge)`, which says
/// what the limit is.
#[must_use]
pub fn encode(facts: &Facts, kind: SectionKind) -> EncodedSection {
    let body = body_of(facts, kind);
    let mut bytes = wire::Section { body: Some(body) }.encode_to_vec();
    if bytes.len() > bytes_max(kind) {
        let body = too_large("bytes of the section", bytes.len(), bytes_max(kind));
        bytes = wire::Section { body: Some(body) }.encode_to_vec();
    }
    EncodedSection {
        kind,
        digest: Fingerprint::of(&bytes),
        bytes,
    }
}

/// Packs bytes into one zstd frame that states its size.
///
/// # Errors
/// [`io::Error`] when there is no memory for the compressor.
pub fn compress(bytes: &[u8]) -> io::Result<Vec<u8>> {
    zstd::bulk::compress(bytes, COMPRESSION_LEVEL)
}

/// Unpacks one zstd frame of at most [`SECTION_BYTES_MAX`] bytes.
///
/// # Errors
/// [`InvalidMessage::TooLong`] before anything is unpacked when the frame says that it holds more;
/// [`InvalidMessage::NotAFrame`] when it is none, does not say how much it holds, or holds another
/// amount.
pub fn decompress(frame: &[u8]) -> Result<Vec<u8>, InvalidMessage> {
    const WHAT: &str = "a section's body";
    let not_a_frame = |cause: String| InvalidMessage::NotAFrame { what: WHAT, cause };
    within(
        frame,
        "a section's compressed body",
        SECTION_COMPRESSED_BYTES_MAX,
    )?;
    let size = zstd_safe::get_frame_content_size(frame)
        .map_err(|_| not_a_frame("its header cannot be read".to_owned()))?
        .ok_or_else(|| not_a_frame("it does not state its size".to_owned()))?;
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if size > SECTION_BYTES_MAX {
        return Err(InvalidMessage::TooLong {
            what: WHAT,
            bytes: size,
            max: SECTION_BYTES_MAX,
        });
    }
    let whole = zstd_safe::find_frame_compressed_size(frame)
        .map_err(|code| not_a_frame(zstd_safe::get_error_name(code).to_owned()))?;
    if whole != frame.len() {
        return Err(not_a_frame("something follows the frame".to_owned()));
    }
    let bytes = unpack(frame, size).map_err(|cause| not_a_frame(cause.to_string()))?;
    if bytes.len() != size {
        return Err(not_a_frame("it holds less than it states".to_owned()));
    }
    Ok(bytes)
}

/// Unpacks a section's body and holds it against the digest it was announced by.
///
/// # Errors
/// Those of [`decompress`], and [`InvalidMessage::OtherDigest`].
pub fn unseal(frame: &[u8], announced: Fingerprint) -> Result<Vec<u8>, InvalidMessage> {
    let bytes = decompress(frame)?;
    let actual = Fingerprint::of(&bytes);
    if actual != announced {
        return Err(InvalidMessage::OtherDigest {
            what: "a section's body",
            announced,
            actual,
        });
    }
    Ok(bytes)
}

/// Reads an encoded section and puts its fact into `facts`, which stays as it was when the section
/// is refused.
///
/// # Errors
/// [`InvalidMessage`] when the bytes are no section of this kind, or hold more than they may. A value that only a newer
/// agent knows makes the fact unknown, or the part of it where it stands: refused, it would cost the laptop its orders.
pub fn decode(kind: SectionKind, bytes: &[u8], facts: &mut Facts) -> Result<(), InvalidMessage> {
    within(bytes, "a section", bytes_max(kind))?;
    if let Some((what, max)) = items_max(kind) {
        let count = count::items(bytes);
        if count > max {
            return Err(InvalidMessage::TooMany { what, count, max });
        }
    }
    let wire::Section { body } =
        wire::Section::decode(bytes).map_err(|cause| InvalidMessage::Malformed {
            what: "a section",
            cause,
        })?;
    match take(kind, body, facts) {
        Err(InvalidMessage::UnknownValue { what, .. }) => {
            put_nothing(facts, kind, Some(alien_reading(what)));
            Ok(())
        }
        taken => taken,
    }
}

fn take(kind: SectionKind, body: Option<Body>, facts: &mut Facts) -> Result<(), InvalidMessage> {
    match (kind, body) {
        (SectionKind::Antivirus, Some(Body::Antivirus(known))) => {
            facts.antivirus = Reading::Known(known.try_into()?);
        }
        (SectionKind::Host, Some(Body::Host(known))) => {
            facts.host = Reading::Known(known.try_into()?);
        }
        (SectionKind::Platform, Some(Body::Platform(known))) => {
            facts.platform = Reading::Known(known.try_into()?);
        }
        (SectionKind::Network, Some(Body::Network(known))) => {
            facts.network = Reading::Known(known.try_into()?);
        }
        (SectionKind::Software, Some(Body::Software(known))) => {
            facts.software = Reading::Known(known.try_into()?);
        }
        (SectionKind::Volumes, Some(Body::Volumes(known))) => {
            facts.volumes = Reading::Known(known.try_into()?);
        }
        (_, Some(Body::Absent(wire::Absent {}))) => put_nothing(facts, kind, None),
        (_, Some(Body::Unknown(unknown))) => put_nothing(facts, kind, Some(unknown_from(unknown)?)),
        (_, None) => put_nothing(facts, kind, Some(alien_reading(kind.name()))),
        (
            _,
            Some(
                Body::Antivirus(_)
                | Body::Host(_)
                | Body::Network(_)
                | Body::Platform(_)
                | Body::Software(_)
                | Body::Volumes(_),
            ),
        ) => return Err(InvalidMessage::OtherSection { said: kind.name() }),
    }
    Ok(())
}

fn body_of(facts: &Facts, kind: SectionKind) -> Body {
    match kind {
        SectionKind::Antivirus => body(&facts.antivirus, |known| {
            listed(known.len(), "antivirus products", ANTIVIRUS_PRODUCTS_MAX)
                .unwrap_or_else(|| Body::Antivirus(known.as_slice().into()))
        }),
        SectionKind::Host => body(&facts.host, |known| Body::Host(known.into())),
        SectionKind::Network => body(&facts.network, |known| Body::Network(known.into())),
        SectionKind::Platform => body(&facts.platform, |known| Body::Platform(known.into())),
        SectionKind::Software => body(&facts.software, |known| {
            listed(known.packages.len(), "packages", SOFTWARE_ITEMS_MAX)
                .or_else(|| {
                    listed(
                        known.sources.len(),
                        "software sources",
                        SOFTWARE_SOURCES_MAX,
                    )
                })
                .unwrap_or_else(|| Body::Software(known.into()))
        }),
        SectionKind::Volumes => body(&facts.volumes, |known| {
            listed(known.len(), "volumes", VOLUMES_MAX)
                .unwrap_or_else(|| Body::Volumes(known.as_slice().into()))
        }),
    }
}

fn body<T>(reading: &Reading<T>, known_body: impl FnOnce(&T) -> Body) -> Body {
    match reading {
        Reading::Known(known) => known_body(known),
        Reading::Absent => Body::Absent(wire::Absent {}),
        Reading::Unknown(why) => Body::Unknown(why.into()),
    }
}

/// What goes in place of a list that is too long.
fn listed(count: usize, what: &str, max: usize) -> Option<Body> {
    (count > max).then(|| too_large(what, count, max))
}

fn too_large(what: &str, count: usize, max: usize) -> Body {
    let why = Why::TooLarge(format!("{what}: {count}, at most {max} are sent"));
    Body::Unknown((&why).into())
}

fn put_nothing(facts: &mut Facts, kind: SectionKind, why: Option<Why>) {
    fn nothing<T>(why: Option<Why>) -> Reading<T> {
        match why {
            Some(why) => Reading::Unknown(why),
            None => Reading::Absent,
        }
    }
    match kind {
        SectionKind::Antivirus => facts.antivirus = nothing(why),
        SectionKind::Host => facts.host = nothing(why),
        SectionKind::Network => facts.network = nothing(why),
        SectionKind::Platform => facts.platform = nothing(why),
        SectionKind::Software => facts.software = nothing(why),
        SectionKind::Volumes => facts.volumes = nothing(why),
    }
}

const fn bytes_max(kind: SectionKind) -> usize {
    match kind {
        SectionKind::Software => SECTION_BYTES_MAX,
        SectionKind::Antivirus
        | SectionKind::Host
        | SectionKind::Network
        | SectionKind::Platform
        | SectionKind::Volumes => SMALL_SECTION_BYTES_MAX,
    }
}

const fn items_max(kind: SectionKind) -> Option<(&'static str, usize)> {
    match kind {
        SectionKind::Antivirus => Some(("antivirus products", ANTIVIRUS_PRODUCTS_MAX)),
        // Their lists are short by the bytes that they may take.
        SectionKind::Host | SectionKind::Network | SectionKind::Platform => None,
        SectionKind::Software => Some((
            "packages with their sources",
            SOFTWARE_ITEMS_MAX + SOFTWARE_SOURCES_MAX,
        )),
        SectionKind::Volumes => Some(("volumes", VOLUMES_MAX)),
    }
}

/// Unpacks with the thread's own decompressor: making one anew costs more than unpacking a report.
fn unpack(frame: &[u8], size: usize) -> io::Result<Vec<u8>> {
    thread_local! {
        static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
    }
    DECOMPRESSOR.with_borrow_mut(|held| {
        let decompressor = match held {
            Some(decompressor) => decompressor,
            None => held.insert(Decompressor::new()?),
        };
        decompressor.decompress(frame, size)
    })
}
