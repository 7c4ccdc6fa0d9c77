//! Processor time, which tells what something costs on a machine that does other things as well.

use std::time::Duration;

/// The processor time of this process up to now, that of the driver's threads included. It steps by ten milliseconds.
pub fn processor_time() -> Duration {
    let status = std::fs::read_to_string("/proc/self/stat").expect("Linux counts processor time");
    // Behind the name, which may hold spaces, the 12th and 13th fields are user and system time in hundredths of a second.
    let behind = status.rsplit(')').next().unwrap_or("");
    let hundredths = behind.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().expect("a number"));
    Duration::from_millis(hundredths.sum::<u64>() * 10)
}
