//! `motet lanes bench`.

use std::io::Write;

use clap::Args;

use super::{DeviceChoice, Failure};
use crate::figures;

/// Arguments of `motet lanes bench`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    device: DeviceChoice,
}

pub(super) fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    Ok(figures::print(&arguments.device.open()?, out)?)
}

impl From<figures::Interrupted> for Failure {
    fn from(interrupted: figures::Interrupted) -> Failure {
        match interrupted {
            figures::Interrupted::Lanes(error) => error.into(),
            figures::Interrupted::Output(error) => error.into(),
        }
    }
}
