//! Days of the calendar, as numbers since 1970-01-01 and back.

/// Year, month and day of a day since 1970, by the calendar's 400-year cycle.
pub fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// The day of a date.
pub fn day_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// How many days a month has.
pub fn days_in(year: i64, month: i64) -> i64 {
    let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    day_of(next_year, next, 1) - day_of(year, month, 1)
}

/// 0 is Monday.
pub fn weekday(days: i64) -> i64 {
    (days + 3).rem_euclid(7)
}

/// `2026-11-28` as a day.
pub fn parse(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let [year, month, day] = [parts.next()?, parts.next()?, parts.next()?].map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (year?, month?, day?);
    let is_real = (0..=9999).contains(&year) && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    (is_real && parts.next().is_none()).then(|| day_of(year, month, day))
}

pub fn text(days: i64) -> String {
    let (year, month, day) = date(days);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_belong_together() {
        assert_eq!(text(0), "1970-01-01");
        assert_eq!(text(11_016), "2000-02-29");
        assert_eq!(weekday(0), 3, "a Thursday");
        for day in (-800_000..800_000).step_by(37) {
            let (year, month, of_month) = date(day);
            assert_eq!(day_of(year, month, of_month), day);
        }
        assert_eq!([days_in(2024, 2), days_in(2023, 2), days_in(2023, 12)], [29, 28, 31]);
    }

    #[test]
    fn only_days_that_exist_are_read() {
        assert_eq!(parse("2026-11-28").map(text).as_deref(), Some("2026-11-28"));
        for wrong in ["", "2026", "2026-02-30", "2026-13-01", "2026-1-1-1", "a-b-c", "2026-00-10"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
