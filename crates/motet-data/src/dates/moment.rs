//! Dates, dates with a time, and these in a time zone: one Rust type of three kinds. All are immutable.

use super::span::Amount;
use super::{DATE, DATE_TIME, ZONED};
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::TimeZone;
use jiff::{Error, Span, Timestamp, Unit, ZonedDateTime};
use motet_vm::memory::{ForeignKind, ForeignObject, Value};
use std::cmp::Ordering;
use std::hash::BuildHasher;
use std::time::Duration;

/// See the module.
#[derive(Clone, Debug)]
pub(crate) enum Moment {
    Date(Date),
    DateTime(DateTime),
    Zoned(ZonedDateTime),
}

/// What a day has, where zones do not change it.
const DAY: Duration = Duration::from_secs(86_400);

impl Moment {
    pub fn of(value: &Value) -> Option<&Moment> {
        value.as_foreign()?.downcast()
    }

    /// What the calendar says of it, without its zone.
    pub fn datetime(&self) -> DateTime {
        match self {
            Moment::Date(date) => date.to_datetime(jiff::civil::Time::midnight()),
            Moment::DateTime(datetime) => *datetime,
            Moment::Zoned(zoned) => zoned.datetime(),
        }
    }

    /// Later, or earlier, by an amount.
    pub fn moved(&self, amount: &Amount, is_back: bool) -> Result<Moment, String> {
        let message = |error: Error| error.to_string();
        match (self, amount) {
            (Moment::Date(date), Amount::Exact(time)) => {
                if time.as_nanos() % DAY.as_nanos() != 0 {
                    return Err("a date is moved by whole days; a date with a time by any duration".into());
                }
                let days = i64::try_from(time.as_secs() / DAY.as_secs()).map_err(|_| "too many days".to_owned())?;
                let span = Span::new().try_days(if is_back { -days } else { days }).map_err(message)?;
                date.checked_add(span).map(Moment::Date).map_err(message)
            }
            (Moment::Date(date), Amount::Span(span)) => {
                let has_time = span.get_hours() != 0
                    || span.get_minutes() != 0
                    || span.get_seconds() != 0
                    || span.get_milliseconds() != 0
                    || span.get_microseconds() != 0
                    || span.get_nanoseconds() != 0;
                if has_time {
                    return Err(
                        "a date is moved by days, weeks, months and years; a date with a time by any span".into()
                    );
                }
                let moved = if is_back { date.checked_sub(*span) } else { date.checked_add(*span) };
                moved.map(Moment::Date).map_err(message)
            }
            (Moment::DateTime(datetime), Amount::Span(span)) => {
                let moved = if is_back { datetime.checked_sub(*span) } else { datetime.checked_add(*span) };
                moved.map(Moment::DateTime).map_err(message)
            }
            (Moment::DateTime(datetime), Amount::Exact(time)) => {
                let moved = if is_back { datetime.checked_sub(*time) } else { datetime.checked_add(*time) };
                moved.map(Moment::DateTime).map_err(message)
            }
            (Moment::Zoned(zoned), Amount::Span(span)) => {
                let moved = if is_back { zoned.checked_sub(*span) } else { zoned.checked_add(*span) };
                moved.map(Moment::Zoned).map_err(message)
            }
            (Moment::Zoned(zoned), Amount::Exact(time)) => {
                let moved = if is_back { zoned.checked_sub(*time) } else { zoned.checked_add(*time) };
                moved.map(Moment::Zoned).map_err(message)
            }
        }
    }

    /// The span from here to another moment of the same kind, in units up to `largest`; none if they are of different kinds.
    pub fn until(&self, other: &Moment, largest: Unit) -> Option<Result<Span, Error>> {
        Some(match (self, other) {
            (Moment::Date(from), Moment::Date(to)) => from.until((largest, *to)),
            (Moment::DateTime(from), Moment::DateTime(to)) => from.until((largest, *to)),
            (Moment::Zoned(from), Moment::Zoned(to)) => from.until((largest, to)),
            _ => return None,
        })
    }

    /// The largest unit of what `-` gives. A day in a zone may have 23 or 25 hours, so there it is hours.
    pub fn largest_unit(&self) -> Unit {
        if matches!(self, Moment::Zoned(_)) { Unit::Hour } else { Unit::Day }
    }

    pub fn formatted(&self, format: &str) -> Result<String, Error> {
        let parts: BrokenDownTime = match self {
            Moment::Date(date) => (*date).into(),
            Moment::DateTime(datetime) => (*datetime).into(),
            Moment::Zoned(zoned) => zoned.into(),
        };
        strtime::format(format, parts)
    }

    /// As ISO 8601 and RFC 9557 write it.
    pub fn text(&self) -> String {
        match self {
            Moment::Date(date) => date.to_string(),
            Moment::DateTime(datetime) => datetime.to_string(),
            Moment::Zoned(zoned) => zoned.to_string(),
        }
    }

    /// The same moment as clocks in a zone show it; a date with a time without zone is taken for one there.
    pub fn in_zone(&self, zone: TimeZone) -> Result<Moment, Error> {
        match self {
            Moment::Zoned(zoned) => Ok(Moment::Zoned(zoned.with_time_zone(zone))),
            _ => self.datetime().to_zoned_datetime(zone).map(Moment::Zoned),
        }
    }

    /// The date that a text says, with a time or without; none for a text that is none.
    pub fn of_text(text: &str) -> Option<Moment> {
        // Most texts are none, and are seen to be so at once.
        let bytes = text.as_bytes();
        if bytes.len() < 10 || bytes[4] != b'-' || bytes[7] != b'-' || !bytes[0].is_ascii_digit() {
            return None;
        }
        match bytes.len() {
            10 => text.parse().ok().map(Moment::Date),
            _ if text.ends_with(['Z', 'z', ']']) => Moment::zoned(text).ok(),
            _ => text.parse().ok().map(Moment::DateTime),
        }
    }

    /// The zoned time that a text says: one with a zone, or with `Z`.
    pub fn zoned(text: &str) -> Result<Moment, Error> {
        match text.parse::<ZonedDateTime>() {
            Ok(zoned) => return Ok(Moment::Zoned(zoned)),
            // It names a zone, which is unknown or has another offset then.
            Err(error) if text.contains('[') => return Err(error),
            Err(_) => {}
        }
        let timestamp: Timestamp = text.parse()?;
        Ok(Moment::Zoned(timestamp.to_zoned_datetime(TimeZone::UTC)))
    }
}

/// What stands where there is none.
impl Default for Moment {
    fn default() -> Moment {
        Moment::Date(Date::ZERO)
    }
}

impl ForeignObject for Moment {
    fn kind(&self) -> &'static ForeignKind {
        match self {
            Moment::Date(_) => &DATE,
            Moment::DateTime(_) => &DATE_TIME,
            Moment::Zoned(_) => &ZONED,
        }
    }

    fn equals(&self, other: &dyn ForeignObject) -> bool {
        self.compare(other) == Some(Ordering::Equal)
    }

    fn hash(&self) -> Option<u64> {
        let hasher = foldhash::fast::FixedState::default();
        Some(match self {
            Moment::Date(date) => hasher.hash_one(date),
            Moment::DateTime(datetime) => hasher.hash_one(datetime),
            // Equal ones are the same moment, whatever their zones.
            Moment::Zoned(zoned) => hasher.hash_one(zoned.timestamp()),
        })
    }

    fn compare(&self, other: &dyn ForeignObject) -> Option<Ordering> {
        match (self, other.downcast_ref::<Moment>()?) {
            (Moment::Date(a), Moment::Date(b)) => Some(a.cmp(b)),
            (Moment::DateTime(a), Moment::DateTime(b)) => Some(a.cmp(b)),
            (Moment::Zoned(a), Moment::Zoned(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    fn seconds(&self) -> Option<f64> {
        let clock = self.datetime();
        let since = clock.duration_since(jiff::civil::date(1970, 1, 1).to_datetime(jiff::civil::Time::midnight()));
        Some(since.as_secs_f64())
    }

    fn display(&self) -> Option<String> {
        Some(self.text())
    }
}
