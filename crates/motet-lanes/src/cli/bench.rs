//! `motet lanes bench`.

use super::{CommandError, DeviceChoice};
use crate::figures;
use clap::Args;
use std::io::Write;

/// Arguments of `motet lanes bench`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    device: DeviceChoice,
}

pub(super) fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<(), CommandError> {
    Ok(figures::print(&arguments.device.open()?, out)?)
}

impl From<figures::Interrupted> for CommandError {
    fn from(interrupted: figures::Interrupted) -> CommandError {
        match interrupted {
            figures::Interrupted::Lanes(error) => error.into(),
            figures::Interrupted::Output(error) => error.into(),
        }
    }
}
