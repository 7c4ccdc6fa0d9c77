//! What `motet doctor` says of the lanes.

use crate::error::LaneError;
use crate::gpu::{Gpu, devices};
use std::io::{self, Write};

/// Writes the list of devices, the preferred one first, with what each can do, or what is missing. Tells whether the
/// lanes can run.
pub fn doctor(out: &mut dyn Write) -> io::Result<bool> {
    writeln!(out, "lanes")?;
    let devices = match devices() {
        Ok(devices) if !devices.is_empty() => devices,
        Ok(_) => {
            writeln!(out, "  {}", LaneError::NoDevice { wanted: None, present: Vec::new() })?;
            return Ok(false);
        }
        Err(error) => {
            writeln!(out, "  {error}")?;
            return Ok(false);
        }
    };
    let mut usable = false;
    for device in &devices {
        writeln!(out, "  {device}")?;
        if device.lacks.is_some() {
            continue;
        }
        match Gpu::open(Some(&device.name)) {
            Ok(gpu) => {
                usable = true;
                match gpu.loop_limit() {
                    u32::MAX => writeln!(out, "    loops: no limit found")?,
                    limit => writeln!(out, "    loops: the driver ends them; epochs stay below {limit} turns")?,
                }
                if gpu.check_modules().is_ok() {
                    match gpu.memory_layout() {
                        Ok(layout) => writeln!(out, "    memories of compiled modules: {layout}")?,
                        Err(error) => writeln!(out, "    memories of compiled modules: {error}")?,
                    }
                }
                match gpu.check_persistent() {
                    Ok(()) => writeln!(out, "    persistent mode: yes")?,
                    Err(LaneError::PersistentRefused { reason }) => {
                        writeln!(out, "    persistent mode: no: {reason}")?;
                    }
                    Err(error) => writeln!(out, "    persistent mode: {error}")?,
                }
            }
            Err(error) => writeln!(out, "    cannot be opened: {error}")?,
        }
    }
    Ok(usable)
}
