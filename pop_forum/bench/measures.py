"""What the pages of a programme cost to build, a comparison of two long texts, and forty measures as PDF."""

import tempfile
from pathlib import Path

from pop_forum.adapters import typesetting
from pop_forum.adapters.clock import SystemClock
from pop_forum.app import create_app
from pop_forum.bench import content, lineages, results
from pop_forum.bench.language import Language
from pop_forum.bench.merging import BLOCKS, edited, long_text
from pop_forum.bench.pages import COMMUNE, MEASURE
from pop_forum.bench.results import Result
from pop_forum.bench.sizes import Sizes
from pop_forum.bench.stage import NO_PASSWORD, stage
from pop_forum.bench.weight import RENDERINGS, Reader
from pop_forum.commune import Commune
from pop_forum.domain.lineage.texts import Text
from pop_forum.domain.paper import FORMATS, job
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.services import measures
from pop_forum.services.measures import MeasureDraft
from pop_forum.web import paper_words

LONG = "trajets-scolaires-surs"  # the measure with two texts of 200 passages
EDITION = "2026-1"


def measure(sizes: Sizes) -> list[Result]:
    """Milliseconds of processor time for pages of which nothing is kept, and seconds for the PDF of an edition."""
    with stage((COMMUNE,)) as prepared:
        commune = prepared.communes[COMMUNE]
        writer = content.add_writers(commune, 1, NO_PASSWORD)[0]
        lineages.write_history(commune, MEASURE, writer.person_id)
        compared = _write_long_texts(commune, writer.person_id)
        held = lineages.adopt_the_rest(commune, writer.person_id)
        app = create_app(commune, RATES_ENABLED=False)
        client = Reader(app, commune)
        note = f"{lineages.VERSIONS} versions, {lineages.ADAPTATIONS} adaptations"
        pages = {
            "measure_page_cold_cpu_ms": (f"/programme/{MEASURE}", note),
            "measure_elsewhere_cold_cpu_ms": (f"/programme/{MEASURE}/communes", note),
            "our_programme_cold_cpu_ms": ("/programme/notre-programme", f"{held} mesures"),
            "comparison_cold_cpu_ms": (compared, f"deux textes de {BLOCKS} passages"),
        }
        found = [
            results.of_repeats(name, [client.cold(path) for _ in range(RENDERINGS)], "ms", results.at_most(30), told)
            for name, (path, told) in pages.items()
        ]
        with app.test_request_context(), commune.reading() as site:
            document = job(paper_words.of_edition(site, EDITION), FORMATS["a4"])
    seconds = [_typeset(document) for _ in range(sizes.pairs)]
    return [*found, results.of_repeats("programme_pdf_s", seconds, "s", results.at_most(10), "40 mesures, A4")]


def _typeset(document: bytes) -> float:
    """Seconds on the wall clock until the PDF is there, its process included."""
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "job"
        source.write_bytes(document)
        start = clock.monotonic()
        typesetting.typeset(source, Path(folder) / "pdf")
        return clock.monotonic() - start


def _write_long_texts(commune: Commune, person_id: int) -> str:
    """The address of the comparison of two long texts of a measure."""
    language = Language()
    base = long_text(language)
    first = _adapt(commune, person_id, base, {})
    with commune.reading() as site:
        row = measures.current_revision(site, measures.by_slug(site, LONG).urn)
        ids = {block.id: str(kept["id"]) for block, kept in zip(base.blocks, row.blocks, strict=True)}
    second = _adapt(commune, person_id, edited(base, language, 2), ids)
    return f"/programme/{LONG}/comparaison?de={first}&a={second}"


def _adapt(commune: Commune, person_id: int, text: Text, ids: dict[str, str]) -> str:
    """The digest of this text, published as ours; passages that have an id keep it."""
    with commune.transaction() as site:
        found = measures.by_slug(site, LONG)
        blocks = tuple((ids.get(block.id), block.text) for block in text.blocks)
        base = measures.current_revision(site, found.urn).digest
        draft = MeasureDraft(text.title, blocks, "Un texte long", base)
        return measures.adapt(site, Viewer(person_id, Role.ADMIN, agreed=True), found, draft).digest
