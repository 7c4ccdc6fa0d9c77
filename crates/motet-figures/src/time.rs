//! Moments on an axis: seconds since 1970 as the calendar says them. Zones are not known here: an axis shows the calendar of
//! the values that it was given.

const DAY: i64 = 86_400;
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Seconds on an axis of time: the years from 10,000 before to 10,000 after 1970.
pub const MOST: f64 = 3.2e11;

/// Year, month from 1 and day from 1 of a day since 1970, in the Gregorian calendar.
fn date(day: i64) -> [i64; 3] {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    [year + era * 400 + i64::from(month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1]
}

/// The day since 1970 of a year, a month from 1 and a day from 1.
pub fn day(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// How far apart marks are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// Below a second: a step of an axis of numbers.
    Fraction(f64),
    Seconds(i64),
    Days(i64),
    Months(i64),
}

const STEPS: &[Step] = &[
    Step::Seconds(1),
    Step::Seconds(2),
    Step::Seconds(5),
    Step::Seconds(10),
    Step::Seconds(15),
    Step::Seconds(30),
    Step::Seconds(60),
    Step::Seconds(120),
    Step::Seconds(300),
    Step::Seconds(600),
    Step::Seconds(900),
    Step::Seconds(1800),
    Step::Seconds(3600),
    Step::Seconds(2 * 3600),
    Step::Seconds(3 * 3600),
    Step::Seconds(6 * 3600),
    Step::Seconds(12 * 3600),
    Step::Days(1),
    Step::Days(2),
    Step::Days(5),
    Step::Days(10),
    Step::Months(1),
    Step::Months(2),
    Step::Months(3),
    Step::Months(6),
];

impl Step {
    fn seconds(self) -> f64 {
        match self {
            Step::Fraction(seconds) => seconds,
            Step::Seconds(seconds) => seconds as f64,
            Step::Days(days) => (days * DAY) as f64,
            Step::Months(months) => months as f64 * 30.44 * DAY as f64,
        }
    }

    fn of(least: f64) -> Step {
        if least < 1.0 {
            return Step::Fraction(crate::scale::nice_step(least));
        }
        let found = STEPS.iter().copied().find(|step| step.seconds() >= least);
        found.unwrap_or_else(|| {
            let years = crate::scale::nice_step(least / (365.25 * DAY as f64)).max(1.0);
            Step::Months(12 * years as i64)
        })
    }
}

/// Marks between two moments, at least so many seconds apart: where they are, what they say, and what all have in common.
pub fn marks(low: f64, high: f64, least: f64) -> (Vec<(f64, String)>, String) {
    let step = Step::of(least);
    let mut places: Vec<f64> = Vec::new();
    match step {
        Step::Fraction(step) => {
            let first = (low / step).ceil();
            let count = ((high - low) / step) as usize + 1;
            places.extend((0..count).map(|index| (first + index as f64) * step));
        }
        Step::Seconds(step) => {
            let mut at = (low / step as f64).ceil() as i64 * step;
            while at as f64 <= high {
                places.push(at as f64);
                at += step;
            }
        }
        Step::Days(step) => {
            let mut at = (low / DAY as f64).ceil() as i64;
            while (at * DAY) as f64 <= high {
                // Counted within the month, so that the first is a mark; none shortly before the next month.
                let of_month = date(at)[2];
                let is_mark = (of_month - 1) % step == 0 && (step == 1 || of_month + step / 2 <= 30);
                if is_mark {
                    places.push((at * DAY) as f64);
                }
                at += 1;
            }
        }
        Step::Months(step) => {
            let [year, month, _] = date((low / DAY as f64).floor() as i64);
            let mut at = (year * 12 + month - 1).div_euclid(step) * step;
            loop {
                let place = (day(at.div_euclid(12), at.rem_euclid(12) + 1, 1) * DAY) as f64;
                if place > high {
                    break;
                }
                if place >= low {
                    places.push(place);
                }
                at += step;
            }
        }
    }
    let labels = labels(&places, step);
    (places.into_iter().zip(labels.0).collect(), labels.1)
}

/// What marks say. The larger unit stands where it changes, and beside the axis what changes nowhere.
fn labels(places: &[f64], step: Step) -> (Vec<String>, String) {
    let parts = |place: f64| {
        let second = place.floor() as i64;
        let [year, month, day] = date(second.div_euclid(DAY));
        (year, month, day, second.rem_euclid(DAY), place - place.floor())
    };
    let Some(&first) = places.first() else { return (Vec::new(), String::new()) };
    let (year, month, day, ..) = parts(first);
    let name = |month: i64| MONTHS[(month - 1).clamp(0, 11) as usize];
    let all_in_year = places.iter().all(|&place| parts(place).0 == year);
    let all_on_day = all_in_year && places.iter().all(|&place| (parts(place).1, parts(place).2) == (month, day));
    let label = |place: f64| {
        let (year, month, day, second, fraction) = parts(place);
        match step {
            Step::Months(months) if months % 12 == 0 => year.to_string(),
            Step::Months(_) if month == 1 => year.to_string(),
            Step::Months(_) => name(month).to_owned(),
            Step::Days(_) => format!("{day} {}", name(month)),
            Step::Seconds(_) | Step::Fraction(_) if second == 0 && fraction == 0.0 => format!("{day} {}", name(month)),
            Step::Seconds(seconds) if seconds % 60 == 0 => format!("{:02}:{:02}", second / 3600, second / 60 % 60),
            Step::Seconds(_) => format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60),
            Step::Fraction(step) => {
                let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
                let seconds = (second % 60) as f64 + fraction;
                format!("{:02}:{seconds:0width$.decimals$}", second / 60 % 60, width = decimals + 3)
            }
        }
    };
    let common = match step {
        Step::Months(months) if months % 12 == 0 => String::new(),
        Step::Months(_) if places.iter().any(|&place| parts(place).1 == 1) => String::new(),
        Step::Months(_) | Step::Days(_) if all_in_year => year.to_string(),
        Step::Seconds(_) | Step::Fraction(_) if all_on_day => {
            format!("{day} {} {year}", name(month))
        }
        Step::Seconds(_) | Step::Fraction(_) if all_in_year => year.to_string(),
        _ => format!("{year} to {}", parts(places[places.len() - 1]).0),
    };
    (places.iter().map(|&place| label(place)).collect(), common)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_each_other_s_inverse() {
        for number in (-800_000..800_000).step_by(97) {
            let [year, month, of_month] = date(number);
            assert_eq!(day(year, month, of_month), number);
        }
        assert_eq!(date(0), [1970, 1, 1]);
        assert_eq!(date(19_782), [2024, 2, 29]);
    }

    #[test]
    fn marks_fall_on_what_calendars_begin() {
        let at = |year, month, of_month| (day(year, month, of_month) * DAY) as f64;
        let said = |low, high, least| {
            let (marks, common) = marks(low, high, least);
            (marks.into_iter().map(|mark| mark.1).collect::<Vec<_>>().join(" "), common)
        };
        let (months, common) = said(at(2024, 1, 10), at(2024, 7, 2), 25.0 * DAY as f64);
        assert_eq!((months.as_str(), common.as_str()), ("Feb Mar Apr May Jun Jul", "2024"));
        let (days, _) = said(at(2024, 2, 27), at(2024, 3, 2), 0.9 * DAY as f64);
        assert_eq!(days, "27 Feb 28 Feb 29 Feb 1 Mar 2 Mar");
        let (hours, common) = said(at(2024, 2, 27), at(2024, 2, 27) + 43_200.0, 9_000.0);
        assert_eq!((hours.as_str(), common.as_str()), ("27 Feb 03:00 06:00 09:00 12:00", "27 Feb 2024"));
        let (years, _) = said(at(1950, 1, 1), at(2024, 7, 2), 15.0 * 365.0 * DAY as f64);
        assert_eq!(years, "1960 1980 2000 2020");
        assert_eq!(said(0.0, 1.0, 0.3).0, "1 Jan 00:00.5 00:01.0");
    }
}
