//! What can be opened and listed: a path of this machine, or one of a system that is recorded or was
//! captured.
//!
//! Touches files and folders it is given by path. Must never wait for a pipe that lies where a file was
//! meant.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::{AskError, into_text};

/// A path that bytes or names can be had of.
pub trait Source {
    /// What it is called in messages.
    fn name(&self) -> &Path;

    /// Opens a plain file.
    ///
    /// # Errors
    /// [`AskError`] when it is not there, not permitted, or not a plain file.
    fn open(&self) -> Result<Opened, AskError>;

    /// The names in a directory, sorted, at most `max` of them.
    ///
    /// # Errors
    /// [`AskError`] when it cannot be read, or holds more.
    fn names(&self, max: usize) -> Result<Vec<String>, AskError>;
}

/// Where a copy of what is read goes.
pub trait Copying: Send {
    /// These bytes were read.
    fn take(&mut self, bytes: &[u8]);
    /// Reading broke off by this error.
    fn fail(&mut self, error: &io::Error);
}

/// A file that is being read.
pub struct Opened {
    file: File,
    copy: Option<Box<dyn Copying>>,
}

impl Opened {
    /// A file of which a copy is kept as it is read.
    #[must_use]
    pub fn copied(file: File, copy: Box<dyn Copying>) -> Self {
        Self {
            file,
            copy: Some(copy),
        }
    }

    /// Goes on with its last `max` bytes. Of a file of which a copy is kept, the copy has no more than those.
    ///
    /// # Errors
    /// What the system says.
    pub fn end(&mut self, max: u64) -> io::Result<()> {
        let from = self.file.metadata()?.len().saturating_sub(max);
        self.file.seek(SeekFrom::Start(from)).map(|_| ())
    }

    /// How long the file is.
    ///
    /// # Errors
    /// What the system says.
    pub fn bytes(&self) -> io::Result<u64> {
        self.file.metadata().map(|meta| meta.len())
    }
}

impl From<File> for Opened {
    fn from(file: File) -> Self {
        Self { file, copy: None }
    }
}

impl Read for Opened {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer);
        if let Some(copy) = &mut self.copy {
            match &read {
                Ok(count) => copy.take(buffer.get(..*count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => copy.fail(error),
            }
        }
        read
    }
}

impl Source for Path {
    fn name(&self) -> &Path {
        self
    }

    fn open(&self) -> Result<Opened, AskError> {
        open_as(self, self).map(Opened::from)
    }

    fn names(&self, max: usize) -> Result<Vec<String>, AskError> {
        names_as(self, self, max)
    }
}

impl Source for PathBuf {
    fn name(&self) -> &Path {
        self
    }

    fn open(&self) -> Result<Opened, AskError> {
        self.as_path().open()
    }

    fn names(&self, max: usize) -> Result<Vec<String>, AskError> {
        self.as_path().names(max)
    }
}

/// Opens a plain file that is called otherwise in messages than on this machine.
pub fn open_as(path: &Path, name: &Path) -> Result<File, AskError> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(nix::fcntl::OFlag::O_NONBLOCK.bits());
    }
    let fail = |source| AskError::from_io(name, source);
    let file = options.open(path).map_err(fail)?;
    if file.metadata().map_err(fail)?.is_file() {
        Ok(file)
    } else {
        Err(AskError::NotAFile(name.to_owned()))
    }
}

/// Lists a folder that is called otherwise in messages than on this machine.
pub fn names_as(path: &Path, name: &Path, max: usize) -> Result<Vec<String>, AskError> {
    let fail = |source| AskError::from_io(name, source);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path).map_err(fail)? {
        if names.len() == max {
            return Err(AskError::TooLarge {
                path: name.to_owned(),
                max: u64::try_from(max).unwrap_or(u64::MAX),
            });
        }
        names.push(into_text(
            entry.map_err(fail)?.file_name().into_encoded_bytes(),
        ));
    }
    names.sort_unstable();
    Ok(names)
}
