"""Days between dates, deadlines in working days, and a meeting in three time zones."""
import calendar
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

start = date(2026, 11, 28)


def working_days(day, count):
    while count > 0:
        day += timedelta(days=1)
        if day.isoweekday() <= 5:
            count -= 1
    return day


def plus_months(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


print("days until the new year: ", (date(2027, 1, 1) - start).days)
print("ten working days later:  ", working_days(start, 10).strftime("%A, %d %B %Y"))
print("a month, and a year later:", plus_months(start, 1), plus_months(start, 12))
meeting = datetime(2026, 12, 1, 15, tzinfo=ZoneInfo("Europe/Berlin"))
for zone in ["Europe/Berlin", "America/New_York", "Asia/Tokyo"]:
    print(f"{zone:18}{meeting.astimezone(ZoneInfo(zone)).strftime('%H:%M on %A')}")
