//! A disk with a volatile cache, served to qemu as a network block device on a socket: it keeps for sure
//! only what was written before the last flush.
//!
//! Touches the image and the socket. Must never write through before a flush: what a careless program
//! did not ask to keep must be lost at times, or nobody notices. The power goes while the disk has a
//! request in hand: between two requests there is seldom anything to lose.
//!
//! Protocol: the NBD project's doc/proto.md, old-style negotiation.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::dice::Dice;

const NBD_MAGIC: u64 = 0x4e42_444d_4147_4943;
const OLD_STYLE: u64 = 0x0000_4202_8186_1253;
const REQUEST: u32 = 0x2560_9513;
const REPLY: u32 = 0x6744_6698;
/// The server has flags, takes flushes, and writes that are to be kept at once (FUA).
const FLAGS: u32 = 1 | 4 | 8;
const FUA: u16 = 1;
const SECTOR: usize = 512;
/// Requests after which a blow is content with a disk that holds little.
const LATE_MAX: u64 = 200;

/// A disk that is being served.
#[derive(Debug)]
pub struct Disk {
    server: JoinHandle<anyhow::Result<Cache>>,
    blow: Arc<Mutex<Option<Blow>>>,
    struck: Receiver<()>,
}

/// When the power goes.
#[derive(Debug, Clone, Copy)]
pub struct Blow {
    /// Writes and flushes that the disk still answers.
    pub after: u64,
    /// Writes that it must hold unflushed then; any number will do when they are long in coming.
    pub least: usize,
    /// Whether it waits for the next flush that has something to keep, and goes before it is done;
    /// otherwise it goes with the next write.
    pub at_flush: bool,
    /// Requests since its time came; begins with 0.
    pub late: u64,
}

#[derive(Debug)]
struct Cache {
    image: File,
    pending: Vec<Pending>,
    flushes: u64,
    blow: Arc<Mutex<Option<Blow>>>,
    strikes: Sender<()>,
}

/// A write since the last flush.
#[derive(Debug)]
struct Pending {
    offset: u64,
    before: Vec<u8>,
    written: Vec<u8>,
    /// It was to be kept at once.
    kept: bool,
}

/// What a disk went through until the power was cut.
#[derive(Debug, Clone, Copy)]
pub struct Fate {
    /// Flushes that it was asked for.
    pub flushes: u64,
    /// Writes since the last of them.
    pub pending: usize,
    /// How many of those were not kept whole, and are missed: what stood there before was not the same.
    pub lost: usize,
}

impl Disk {
    /// Serves the image on a socket until the one client is gone.
    ///
    /// # Errors
    /// When image or socket cannot be opened.
    pub fn serve(image: &Path, socket: &Path) -> anyhow::Result<Self> {
        if socket.exists() {
            std::fs::remove_file(socket)?;
        }
        let listener = UnixListener::bind(socket).context("making the disk's socket")?;
        let image = File::options().read(true).write(true).open(image)?;
        let size = image.metadata()?.len();
        let blow = Arc::new(Mutex::new(None));
        let (strikes, struck) = channel();
        let mut cache = Cache {
            image,
            pending: Vec::new(),
            flushes: 0,
            blow: Arc::clone(&blow),
            strikes,
        };
        let server = std::thread::spawn(move || {
            let (mut client, _) = listener.accept()?;
            greet(&mut client, size)?;
            // An error is the client's end.
            while let Ok(true) = cache.answer(&mut client) {}
            // A disk without power does not say that it has none.
            let mut unheard = [0; 4096];
            while client.read(&mut unheard).is_ok_and(|bytes| bytes > 0) {}
            Ok(cache)
        });
        Ok(Self {
            server,
            blow,
            struck,
        })
    }

    /// Says when the power goes.
    pub fn expect(&self, blow: Blow) {
        *self.blow.lock().unwrap_or_else(PoisonError::into_inner) = Some(blow);
    }

    /// Waits until it has gone; `false` when it has not within `patience`.
    #[must_use]
    pub fn is_struck(&self, patience: Duration) -> bool {
        self.struck.recv_timeout(patience).is_ok()
    }

    /// Leaves the image as a power cut would: of the writes since the last flush any may be there, whole,
    /// in part, or not at all.
    ///
    /// # Errors
    /// When the image cannot be written.
    pub fn cut(self, dice: &mut Dice) -> anyhow::Result<Fate> {
        let Ok(cache) = self.server.join() else {
            bail!("the disk's server panicked");
        };
        let cache = cache?;
        for Pending { offset, before, .. } in cache.pending.iter().rev() {
            cache.image.write_all_at(before, *offset)?;
        }
        let share = dice.between(0, 50);
        let mut lost = 0_usize;
        for write in &cache.pending {
            let kept = if write.kept || dice.chance(share) {
                write.written.clone()
            } else {
                torn(write, dice)
            };
            let missed = kept != write.written;
            lost = lost.saturating_add(usize::from(missed));
            cache.image.write_all_at(&kept, write.offset)?;
        }
        Ok(Fate {
            flushes: cache.flushes,
            pending: cache.pending.len(),
            lost,
        })
    }
}

/// What there is of a write that was under way: each sector is the old one or the new one; often all are
/// the old ones, or new up to some place.
fn torn(write: &Pending, dice: &mut Dice) -> Vec<u8> {
    let sectors = u64::try_from(write.written.len() / SECTOR).unwrap_or(u64::MAX);
    let (way, upto) = (dice.between(0, 3), dice.between(0, sectors.max(1)));
    let mut left = write.before.clone();
    let pieces = left.chunks_mut(SECTOR).zip(write.written.chunks(SECTOR));
    for (number, (old, new)) in (0_u64..).zip(pieces) {
        let is_new = match way {
            0 => false,
            1 => number < upto,
            _ => dice.chance(50),
        };
        if is_new {
            old.copy_from_slice(new);
        }
    }
    left
}

impl Cache {
    /// Answers one request; `false` when the power went over it.
    fn answer(&mut self, client: &mut UnixStream) -> anyhow::Result<bool> {
        let mut request = [0; 28];
        client.read_exact(&mut request)?;
        let (magic, rest) = take::<4>(&request)?;
        let (flags, rest) = take::<2>(rest)?;
        let (kind, rest) = take::<2>(rest)?;
        let (handle, rest) = take::<8>(rest)?;
        let (offset, rest) = take::<8>(rest)?;
        let (length, _) = take::<4>(rest)?;
        if u32::from_be_bytes(magic) != REQUEST {
            bail!("not a request");
        }
        let offset = u64::from_be_bytes(offset);
        let mut data = vec![0; usize::try_from(u32::from_be_bytes(length))?];
        let mut answer = Vec::new();
        match u16::from_be_bytes(kind) {
            0 => {
                self.image.read_exact_at(&mut data, offset)?;
                answer = data;
            }
            1 => {
                client.read_exact(&mut data)?;
                let kept = u16::from_be_bytes(flags) & FUA != 0;
                let goes = self.goes_with(false);
                // The power goes before this one has been confirmed, so it may be missing.
                self.write(offset, data, kept && !goes)?;
                if goes {
                    return Ok(false);
                }
            }
            3 => {
                if self.goes_with(true) {
                    return Ok(false);
                }
                self.pending.clear();
                self.flushes = self.flushes.saturating_add(1);
            }
            _ => bail!("the client has gone"),
        }
        let mut reply = REPLY.to_be_bytes().to_vec();
        reply.extend_from_slice(&0_u32.to_be_bytes());
        reply.extend_from_slice(&handle);
        reply.extend_from_slice(&answer);
        client.write_all(&reply)?;
        Ok(true)
    }

    /// Whether the power goes with this request.
    fn goes_with(&self, is_flush: bool) -> bool {
        let mut expected = self.blow.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(blow) = expected.as_mut() else {
            return false;
        };
        if blow.after > 0 {
            blow.after -= 1;
            return false;
        }
        blow.late = blow.late.saturating_add(1);
        let least = if blow.late > LATE_MAX { 1 } else { blow.least };
        // A write that is in hand counts among those held.
        let held = self.pending.len() + usize::from(!is_flush);
        if blow.at_flush != is_flush || held < least {
            return false;
        }
        // Nobody waits when the round has been given up.
        let _ = self.strikes.send(());
        true
    }

    fn write(&mut self, offset: u64, written: Vec<u8>, kept: bool) -> anyhow::Result<()> {
        let mut before = vec![0; written.len()];
        self.image.read_exact_at(&mut before, offset)?;
        self.image.write_all_at(&written, offset)?;
        self.pending.push(Pending {
            offset,
            before,
            written,
            kept,
        });
        Ok(())
    }
}

fn greet(client: &mut UnixStream, size: u64) -> anyhow::Result<()> {
    let mut greeting = NBD_MAGIC.to_be_bytes().to_vec();
    greeting.extend_from_slice(&OLD_STYLE.to_be_bytes());
    greeting.extend_from_slice(&size.to_be_bytes());
    greeting.extend_from_slice(&FLAGS.to_be_bytes());
    greeting.extend_from_slice(&[0; 124]);
    client.write_all(&greeting)?;
    Ok(())
}

fn take<const N: usize>(bytes: &[u8]) -> anyhow::Result<([u8; N], &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<N>().context("a short request")?;
    Ok((*head, rest))
}
