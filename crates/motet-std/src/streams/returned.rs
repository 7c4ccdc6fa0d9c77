//! What a reader took and could not use any more: it was cancelled when the result was there already. It goes back to the
//! stream, before all that was taken later.

use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// See the module.
#[derive(Default)]
pub(super) struct Returned {
    /// Each with its place in the stream, in order.
    pieces: Mutex<Vec<(u64, Vec<u8>)>>,
    news: Notify,
}

impl Returned {
    fn put(&self, place: u64, bytes: Vec<u8>) {
        let mut pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
        let at = pieces.partition_point(|(other, _)| *other < place);
        pieces.insert(at, (place, bytes));
        drop(pieces);
        // Whether somebody waits for bytes now or looks next, one hears of it.
        self.news.notify_one();
    }

    /// All that came back, in its order.
    pub fn take(&self) -> Vec<u8> {
        let pieces = std::mem::take(&mut *self.pieces.lock().unwrap_or_else(PoisonError::into_inner));
        pieces.into_iter().flat_map(|(_, bytes)| bytes).collect()
    }

    /// Waits until something has come back.
    pub async fn news(&self) {
        self.news.notified().await;
    }
}

/// Bytes on their way to who reads them. Dropped on the way, they go back.
pub(super) struct Taken {
    place: u64,
    bytes: Vec<u8>,
    to: Arc<Returned>,
}

impl Taken {
    pub fn new(place: u64, bytes: Vec<u8>, to: &Arc<Returned>) -> Taken {
        Taken { place, bytes, to: to.clone() }
    }

    /// They have arrived.
    pub fn arrive(mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if !self.bytes.is_empty() {
            self.to.put(self.place, std::mem::take(&mut self.bytes));
        }
    }
}
