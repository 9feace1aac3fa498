//! A disk with a volatile cache, served to qemu as a network block device on a socket: it keeps for sure
//! only what was written before the last flush.
//!
//! Touches the image and the socket. Must never write through before a flush: what a careless program
//! did not ask to keep must be lost at times, or nobody notices.
//!
//! Protocol: the NBD project's doc/proto.md, old-style negotiation.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread::JoinHandle;

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

/// A disk that is being served.
#[derive(Debug)]
pub struct Disk {
    server: JoinHandle<anyhow::Result<Cache>>,
}

#[derive(Debug)]
struct Cache {
    image: File,
    /// Writes since the last flush: where, what stood there, and what was written.
    pending: Vec<(u64, Vec<u8>, Vec<u8>)>,
    flushes: u64,
}

/// What a disk went through until the power was cut.
#[derive(Debug, Clone, Copy)]
pub struct Fate {
    /// Flushes that it was asked for.
    pub flushes: u64,
    /// Writes since the last of them.
    pub pending: usize,
    /// How many of those were not kept whole.
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
        let mut cache = Cache {
            image,
            pending: Vec::new(),
            flushes: 0,
        };
        let server = std::thread::spawn(move || {
            let (mut client, _) = listener.accept()?;
            greet(&mut client, size)?;
            // An error is the client's end: the power is cut in mid-request.
            while cache.answer(&mut client).is_ok() {}
            Ok(cache)
        });
        Ok(Self { server })
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
        for (offset, before, _) in cache.pending.iter().rev() {
            cache.image.write_all_at(before, *offset)?;
        }
        let share = dice.between(0, 101);
        let mut lost = 0_usize;
        for (offset, _, written) in &cache.pending {
            let kept = if dice.chance(share) {
                written.len()
            } else {
                lost = lost.saturating_add(1);
                let sectors = u64::try_from(written.len() / SECTOR)?;
                usize::try_from(dice.between(0, sectors.max(1)))? * SECTOR
            };
            cache
                .image
                .write_all_at(written.get(..kept).unwrap_or(written), *offset)?;
        }
        Ok(Fate {
            flushes: cache.flushes,
            pending: cache.pending.len(),
            lost,
        })
    }
}

impl Cache {
    fn answer(&mut self, client: &mut UnixStream) -> anyhow::Result<()> {
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
                self.write(offset, data, u16::from_be_bytes(flags) & FUA != 0)?;
            }
            3 => {
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
        Ok(())
    }

    fn write(&mut self, offset: u64, data: Vec<u8>, keep: bool) -> anyhow::Result<()> {
        let mut before = vec![0; data.len()];
        self.image.read_exact_at(&mut before, offset)?;
        self.image.write_all_at(&data, offset)?;
        if !keep {
            self.pending.push((offset, before, data));
        }
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
