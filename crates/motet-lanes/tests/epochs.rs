//! How long epochs take (L-01). Alone in its binary: other runtimes would queue their epochs on the same device.

mod common;

use std::time::Duration;

use common::*;
use motet_lanes::Settings;

#[test]
fn l01_epochs_grow_under_load_and_keep_to_their_target() {
    // The longest target and the cheapest load, so that several frames fit also when other work slows them down.
    let runtime = runtime_with(Settings { epoch_target: Settings::LONGEST_EPOCH, ..Settings::default() });
    spawn(&runtime, &endless_loop());
    runtime.start().unwrap();
    wait_for_frames(&runtime, 600);
    runtime.stop().unwrap();
    let statistics = runtime.statistics();
    assert!(statistics.frames / statistics.epochs >= 2, "epochs did not grow: {statistics:?}");
    // Generous, because other work on the machine stretches an epoch; far from any watchdog all the same.
    assert!(statistics.longest_epoch < Duration::from_secs(1), "{statistics:?}");
}
