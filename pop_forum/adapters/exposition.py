"""Figures in the text format that Prometheus reads."""

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from pop_forum.domain.gauges import Gauge

MEDIA_TYPE = CONTENT_TYPE_LATEST
PREFIX = "pop_forum_"


class _Rows(Collector):
    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self._gauges = tuple(gauges)

    def collect(self) -> Iterator[Metric]:
        for gauge in self._gauges:
            family = GaugeMetricFamily(PREFIX + gauge.name, gauge.help, labels=gauge.labels)
            for labels, value in gauge.samples:
                family.add_metric(labels, value)
            yield family


def render(gauges: Iterable[Gauge]) -> bytes:
    """The whole answer to a scrape; nothing of this process itself, whose memory others measure better."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Rows(gauges))
    return generate_latest(registry)
