"""The days of the demonstration's past, at hours when people write: nobody posts at three in the morning."""

from datetime import UTC, datetime, time, timedelta

from pop_forum.domain.french import PARIS, in_paris

FIRST, LAST = time(7), time(22, 30)
EARLIEST_NOW = time(7, 30)  # before, the story ends on the evening of the day before
DAY = timedelta(days=1)


class Days:
    """The ages of the story as moments in Paris, in the same order and never in the future."""

    def __init__(self, now: datetime) -> None:
        wall = in_paris(now).replace(tzinfo=None)
        self._end = wall if wall.time() >= EARLIEST_NOW else _at(wall, time()) - timedelta(milliseconds=1)

    def moment(self, days_ago: float) -> datetime:
        """The moment that long ago, the whole of its day drawn into the hours from FIRST to LAST."""
        told = self._end - timedelta(days=days_ago)
        midnight, first, last = _at(told, time()), _at(told, FIRST), _at(told, LAST)
        length = DAY
        if told.date() == self._end.date():
            length, last = self._end - midnight, min(last, self._end)
        wall = first + (last - first) * ((told - midnight) / length)
        whole = wall.replace(microsecond=wall.microsecond // 1000 * 1000)
        return whole.replace(tzinfo=PARIS).astimezone(UTC)


def _at(day: datetime, hour: time) -> datetime:
    """That day at that hour, on the clock of the wall."""
    return datetime.combine(day.date(), hour)
