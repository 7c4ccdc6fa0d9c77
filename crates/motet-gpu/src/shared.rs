//! The one device and the one station of the process: all calls of `lanes` share them, from whatever thread.
//!
//! The station is there as long as something of it is held. The device stays: with it stay the kernels that its driver has
//! compiled.

use motet_lanes::station::{Station, StationSettings};
use motet_lanes::{Gpu, LaneError};
use motet_vm::ErrorKind;
use motet_vm::operation::OperationError;
use std::sync::{Arc, Mutex, PoisonError, Weak};

static DEVICE: Mutex<Option<Gpu>> = Mutex::new(None);
static STATION: Mutex<Weak<Holder>> = Mutex::new(Weak::new());

/// A station as long as one holds it. The last one ends what still runs there, which may take a while: so not on the thread of a
/// program.
pub(crate) struct Holder(Option<Station>);

impl Holder {
    pub fn station(&self) -> &Station {
        self.0.as_ref().expect("it is taken when the holder goes")
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        if let Some(station) = self.0.take() {
            beside(move || drop(station));
        }
    }
}

/// Does what may take a while on a thread of the pool. The process does not end before it is done: what a driver is at must not
/// be cut off.
pub(crate) fn beside(work: impl FnOnce() + Send + 'static) {
    let (tell, told) = tokio::sync::oneshot::channel::<()>();
    // Without a thread of the system, `work` is dropped where it is, and with it what it holds.
    let _ = motet_std::runtime::begin_driven(async move {
        // It ends without a word: `tell` is dropped.
        let _ = told.await;
    });
    let _ = motet_std::runtime::spawn(move || {
        work();
        drop(tell);
    });
}

/// The station. The first that asks opens the device, which takes a while.
pub(crate) fn station() -> Result<Arc<Holder>, LaneError> {
    let mut known = STATION.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(station) = known.upgrade() {
        return Ok(station);
    }
    let mut device = DEVICE.lock().unwrap_or_else(PoisonError::into_inner);
    let gpu = match &*device {
        Some(gpu) => gpu.clone(),
        None => device.insert(Gpu::open(None)?).clone(),
    };
    let station = Arc::new(Holder(Some(Station::new(gpu, StationSettings::default()))));
    *known = Arc::downgrade(&station);
    Ok(station)
}

/// An error of the lanes as one of the language.
pub(crate) fn failure(error: &LaneError) -> OperationError {
    let kind = match error {
        LaneError::Ended | LaneError::Closed | LaneError::NoFocus => ErrorKind::Closed,
        LaneError::InputFull { .. } => ErrorKind::MailboxFull,
        LaneError::LimitExceeded { .. } | LaneError::OutOfMemory { .. } | LaneError::CodePoolFull { .. } => {
            ErrorKind::LimitError
        }
        LaneError::OutOfRange { .. } => ErrorKind::IndexError,
        LaneError::NotPlaced => ErrorKind::ValueError,
        _ => ErrorKind::IoError,
    };
    OperationError::new(kind, error.to_string())
}
