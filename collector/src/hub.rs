//! The streams that are open: one line for each attached device, by which it is sent something, told
//! that its row of the register has changed, or cut off.
//!
//! Touches memory alone. Must never wait: whoever holds a stream that does not drain loses it, and
//! comes back to be told everything anew.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;

use sekisho_policy::id::DeviceId;
use sekisho_proto::wire::FromCollector;

use crate::limits::OUTGOING_MAX;

mod closer;

pub use closer::Closer;

/// All open streams.
#[derive(Debug, Default)]
pub struct Hub {
    lines: Mutex<BTreeMap<DeviceId, Arc<Line>>>,
}

/// One open stream, seen from the collector's other rooms.
#[derive(Debug)]
pub struct Line {
    device: DeviceId,
    state: Mutex<State>,
    waker: AtomicWaker,
    connection: Arc<Closer>,
}

#[derive(Debug, Default)]
struct State {
    outgoing: VecDeque<Arc<FromCollector>>,
    changed: bool,
    end: Option<End>,
}

/// Why a stream ends by the collector's will.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The device has opened another stream.
    Replaced,
    /// An administrator's act, or what follows from one; carries the reason.
    Cut(String),
    /// The device does not read what it is sent.
    NotDraining,
    /// What devices are told as they attach has changed.
    Anew,
    /// The collector is stopping.
    Stopping,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It is on its way.
    Sent,
    /// No stream of this device is open. It will be told when it attaches.
    NotOnline,
    /// The device did not read what it was sent before, and its stream has been ended.
    NotDraining,
}

/// Something the holder of a stream has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Send this.
    Send(Arc<FromCollector>),
    /// Read the device's row of the register anew.
    Changed,
    /// End the stream.
    End(End),
}

/// A device's place in the hub; given up when dropped.
#[derive(Debug)]
pub struct Attachment {
    hub: Arc<Hub>,
    line: Arc<Line>,
}

impl Hub {
    /// Opens the device's line, over a connection that `connection` can close. An older line of the
    /// same device is ended.
    pub fn attach(self: &Arc<Self>, device: DeviceId, connection: Arc<Closer>) -> Attachment {
        let line = Arc::new(Line {
            device,
            state: Mutex::default(),
            waker: AtomicWaker::new(),
            connection,
        });
        let replaced = self.lock().insert(device, Arc::clone(&line));
        if let Some(replaced) = replaced {
            replaced.end(End::Replaced);
        }
        Attachment {
            hub: Arc::clone(self),
            line,
        }
    }

    /// Sends a message to a device.
    pub fn send(&self, device: DeviceId, message: Arc<FromCollector>) -> Delivery {
        match self.line(device) {
            Some(line) => line.send(message),
            None => Delivery::NotOnline,
        }
    }

    /// Sends one message to every attached device; gives how many it is on its way to.
    pub fn send_all(&self, message: &Arc<FromCollector>) -> usize {
        let lines: Vec<_> = self.lock().values().map(Arc::clone).collect();
        lines
            .iter()
            .filter(|line| line.send(Arc::clone(message)) == Delivery::Sent)
            .count()
    }

    /// Tells the holder of a device's stream that its row of the register has changed: it will read the
    /// row, tell the device, and end the stream if the device may not hold one any more. To be called
    /// after every change that is not a [`cut`](Self::cut).
    pub fn changed(&self, device: DeviceId) {
        if let Some(line) = self.line(device) {
            line.lock().changed = true;
            line.waker.wake();
        }
    }

    /// Ends a device's stream and closes its connection at once. Gives whether one was open.
    pub fn cut(&self, device: DeviceId, reason: &str) -> bool {
        let removed = self.lock().remove(&device);
        let open = removed.is_some();
        if let Some(line) = removed {
            line.end(End::Cut(reason.to_owned()));
            line.connection.close();
        }
        open
    }

    /// Ends every stream, so that the collector can stop.
    pub fn stop(&self) {
        self.end_all(&End::Stopping);
    }

    /// Ends every stream, so that each device comes back and is told everything anew.
    pub fn begin_anew(&self) {
        self.end_all(&End::Anew);
    }

    fn end_all(&self, end: &End) {
        let lines = std::mem::take(&mut *self.lock());
        for line in lines.into_values() {
            line.end(end.clone());
        }
    }

    /// The attached devices, in the order of their ids.
    pub fn online(&self) -> Vec<DeviceId> {
        self.lock().keys().copied().collect()
    }

    /// Whether a stream of the device is open.
    pub fn is_online(&self, device: DeviceId) -> bool {
        self.lock().contains_key(&device)
    }

    fn line(&self, device: DeviceId) -> Option<Arc<Line>> {
        self.lock().get(&device).map(Arc::clone)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<DeviceId, Arc<Line>>> {
        // Every change under this lock is a single call, so that a panic elsewhere leaves it whole.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// What is next to do; ready at once when there is something. An end comes before all else.
    pub fn poll_event(&self, cx: &Context<'_>) -> Poll<Event> {
        self.waker.register(cx.waker());
        let mut state = self.lock();
        if let Some(end) = &state.end {
            return Poll::Ready(Event::End(end.clone()));
        }
        if std::mem::take(&mut state.changed) {
            return Poll::Ready(Event::Changed);
        }
        match state.outgoing.pop_front() {
            Some(message) => {
                if state.outgoing.is_empty() {
                    // Thousands of idle lines should hold no buffer.
                    state.outgoing = VecDeque::new();
                }
                Poll::Ready(Event::Send(message))
            }
            None => Poll::Pending,
        }
    }

    /// Does something unless the line has been ended, with the line held open meanwhile: whatever follows
    /// its end follows this.
    ///
    /// # Errors
    /// The [`End`].
    pub fn while_open<T>(&self, act: impl FnOnce() -> T) -> Result<T, End> {
        let state = self.lock();
        match &state.end {
            Some(end) => Err(end.clone()),
            None => Ok(act()),
        }
    }

    /// Polls `work` unless the line has been ended.
    ///
    /// # Errors
    /// The [`End`].
    pub fn poll_unless_ended<T>(
        &self,
        cx: &mut Context<'_>,
        work: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<Result<T, End>> {
        self.waker.register(cx.waker());
        if let Some(end) = &self.lock().end {
            return Poll::Ready(Err(end.clone()));
        }
        work(cx).map(Ok)
    }

    fn send(&self, message: Arc<FromCollector>) -> Delivery {
        let mut state = self.lock();
        if state.end.is_some() {
            return Delivery::NotOnline;
        }
        if state.outgoing.len() >= OUTGOING_MAX {
            state.end = Some(End::NotDraining);
            state.outgoing = VecDeque::new();
            drop(state);
            self.waker.wake();
            self.connection.close();
            return Delivery::NotDraining;
        }
        state.outgoing.push_back(message);
        drop(state);
        self.waker.wake();
        Delivery::Sent
    }

    fn end(&self, end: End) {
        let mut state = self.lock();
        state.end.get_or_insert(end);
        drop(state);
        self.waker.wake();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attachment {
    /// The line.
    #[must_use]
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// Whether the line has been ended, so that nothing more may be done in its device's name.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.line.lock().end.is_some()
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        let mut lines = self.hub.lock();
        let is_ours = lines
            .get(&self.line.device)
            .is_some_and(|line| Arc::ptr_eq(line, &self.line));
        if is_ours {
            lines.remove(&self.line.device);
        }
    }
}

#[cfg(test)]
mod tests;
