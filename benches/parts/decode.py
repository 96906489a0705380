"""(c) Bodies into objects and into columns."""

from functools import partial

from harness import Settings, interleaved, run_client
from programs import Program, available, skipped
from report import Part, at_most, number, table

BODIES = 100_000
TEXT = "What is made is kept, with enums and aware dates in every case but one."

OBJECTS = Program("ours_objects", "**ours: dataclasses**", "bodies", ours=True)
TABLE = Program("ours_table", "**ours: Arrow table**", "bodies", ours=True)
ORJSON = Program("orjson_dataclass", "orjson, dataclasses", "bodies", ("orjson",))
TEXTS = Program(
    "orjson_texts", "orjson, dataclasses, enums and dates left texts", "bodies", ("orjson",)
)
STRUCTS = Program("msgspec_structs", "msgspec, its structs", "bodies", ("msgspec",))
COLUMNS = Program(
    "msgspec_columns", "msgspec, then columns with pyarrow", "bodies", ("msgspec", "pyarrow")
)
MODELS = Program("pydantic_models", "pydantic, its models", "bodies", ("pydantic",))
PROGRAMS = (OBJECTS, TABLE, ORJSON, TEXTS, STRUCTS, COLUMNS, MODELS)


def measure(settings: Settings) -> Part:
    """Measure all decoders."""
    programs, lacking = available(PROGRAMS, settings)
    plan = {"requests": settings.scaled(BODIES)}
    found = interleaved(
        {each: partial(run_client, each.function, plan) for each in programs},
        settings.rounds,
    )
    text = [
        f"{plan['requests']:,} bodies of one item, each different. {TEXT}",
        *skipped(lacking),
        table(
            ("decoder", "CPU ms"), ((each.label, number(found[each]["ms"])) for each in programs)
        ),
    ]
    took = {each: figures["ms"] for each, figures in found.items()}
    goals = [
        at_most(
            "4",
            "bodies into dataclasses: time ≤ orjson's with dataclasses",
            *(took.get(OBJECTS), took.get(ORJSON), 1.0),
        ),
        at_most(
            "4",
            "bodies into Arrow: time ≤ ½ of msgspec's with columns",
            *(took.get(TABLE), took.get(COLUMNS), 0.5),
        ),
    ]
    return Part("(c) Bodies into objects and columns", text, goals)
