//! The points of a series as a frame shows them. What a signal holds becomes points once for each of its values: a few at
//! once, many on a thread of their own, while the window goes on and shows the former ones.

use super::curve::Curve;
use super::data::{Points, SeriesData, count_of, points_of};
use super::later::aside;
use super::live::{LiveSeries, Snapshot};
use crate::binding::is_same;
use crate::link::WindowLink;
use motet_vm::memory::Frozen;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

/// Up to so many points are made at once.
const FEW: usize = 20_000;
/// Points that a signal may hold.
const MOST: usize = 1 << 28;

/// The points of a series in one frame.
#[derive(Clone)]
pub enum Shown {
    Points(Arc<Points>),
    Live(Snapshot),
}

/// The very same points, not just equal ones.
impl PartialEq for Shown {
    fn eq(&self, other: &Shown) -> bool {
        match (self, other) {
            (Shown::Points(one), Shown::Points(other)) => Arc::ptr_eq(one, other),
            (Shown::Live(one), Shown::Live(other)) => one.is_same(other),
            _ => false,
        }
    }
}

impl Shown {
    pub fn curve(&self) -> &dyn Curve {
        match self {
            Shown::Points(points) => &**points,
            Shown::Live(snapshot) => snapshot,
        }
    }

    /// The points, if they stand still: heat maps are painted of them.
    pub fn points(&self) -> Option<&Arc<Points>> {
        match self {
            Shown::Points(points) => Some(points),
            Shown::Live(_) => None,
        }
    }
}

/// What is remembered of a series whose signal is followed.
#[derive(Default)]
pub struct Made {
    /// The newest value that has become points.
    shown: Option<(Frozen, Arc<Points>)>,
    /// One that is becoming points; none for what is no points.
    awaited: Option<(Frozen, Receiver<Option<Arc<Points>>>)>,
}

impl Made {
    /// What the series shows now, and whether something newer is on its way.
    pub fn look(&mut self, source: &SeriesData, link: &Arc<WindowLink>) -> (Option<Shown>, bool) {
        let binding = match source {
            SeriesData::Fixed(points) => return (Some(Shown::Points(points.clone())), false),
            SeriesData::Live(series) => return (Some(Shown::Live(series.look())), false),
            SeriesData::Bound(binding) => binding,
        };
        let Ok(value) = binding.value() else { return (None, false) };
        if let Some(series) = LiveSeries::of(value.value()) {
            series.watch(link);
            return (Some(Shown::Live(series.look())), false);
        }
        if let Some((awaited, receiver)) = &self.awaited {
            match receiver.try_recv() {
                Ok(points) => {
                    self.shown = points.map(|points| (awaited.clone(), points));
                    self.awaited = None;
                }
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => self.awaited = None,
            }
        }
        let is_new = self.shown.as_ref().is_none_or(|(known, _)| !is_same(known, &value));
        if is_new && self.awaited.is_none() {
            self.make(value, link.is_test());
        }
        let points = self.shown.as_ref().map(|(_, points)| Shown::Points(points.clone()));
        (points, self.awaited.is_some())
    }

    /// Makes points of a value: at once if they are few or `is_patient`.
    fn make(&mut self, value: Frozen, is_patient: bool) {
        let made = |value: &Frozen| points_of(value.value(), MOST).ok().map(Arc::new);
        if !is_patient && count_of(value.value()) > FEW {
            let (sender, receiver) = channel();
            let there = value.clone();
            let work = move || {
                // The plot may be gone by now.
                let _ = sender.send(made(&there));
            };
            if aside(work).is_ok() {
                self.awaited = Some((value, receiver));
                return;
            }
            // Without a thread the window waits.
        }
        self.shown = made(&value).map(|points| (value, points));
    }
}
