"""Answer bodies into objects and into columns, without a network."""

import gc
import json
from collections.abc import Callable, Sized
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import TypeAlias
from uuid import UUID

from clients.answers import Kind, Qualification, Status, from_members, msgspec_decoder
from clients.plan import Figures, Plan
from partnercenter_qual import _core

Make: TypeAlias = Callable[[list[str], list[bytes]], Sized]
"""Makes something of customers' ids and bodies, with one item for each of them."""


def bodies(count: int) -> list[bytes]:
    """Write bodies of one item as the service does, each different."""
    first = datetime(2025, 1, 1, tzinfo=UTC)
    statuses = ("Approved", "Approved", "InReview", "Denied")
    found = []
    for index in range(count):
        item = {"qualification": "Education", "vettingStatus": statuses[index % len(statuses)]}
        if item["vettingStatus"] == "Denied":
            item["vettingReason"] = "Not an Academic Domain"
        created = first + timedelta(seconds=index * 7, microseconds=index)
        item["vettingCreateDate"] = f"{created:%Y-%m-%dT%H:%M:%S.%f}0+00:00"
        found.append(json.dumps([item], separators=(",", ":")).encode())
    return found


def timed(plan: Plan, make: Make) -> Figures:
    """Measure the CPU time of all bodies, after a few to get ready; what is made is kept."""
    made = bodies(plan.requests)
    ids = [str(UUID(int=index + 1)) for index in range(plan.requests)]
    make(ids[:100], made[:100])
    gc.collect()
    before = process_time()
    found = make(ids, made)
    seconds = process_time() - before
    if len(found) != plan.requests:
        raise SystemExit(f"{plan.requests} bodies came to {len(found)} items")
    return {"ms": seconds * 1e3}


def ours_objects(plan: Plan) -> Figures:
    """Make our dataclasses."""
    return timed(plan, lambda _, made: _core.decode_qualifications(made))


def ours_table(plan: Plan) -> Figures:
    """Make our table."""
    return timed(plan, _core.decode_table)


def orjson_dataclass(plan: Plan) -> Figures:
    """Make dataclasses of what orjson reads."""
    import orjson  # noqa: PLC0415 - only where asked for

    def make(_: list[str], made: list[bytes]) -> list[list[Qualification]]:
        return [[from_members(item) for item in orjson.loads(body)] for body in made]

    return timed(plan, make)


@dataclass(frozen=True, slots=True)
class Texts:
    """A qualification whose values are left as they came."""

    qualification: str
    vetting_status: str | None
    vetting_reason: str | None
    vetting_created_date: str | None


def orjson_texts(plan: Plan) -> Figures:
    """Make dataclasses of what orjson reads, and leave enums and dates texts."""
    import orjson  # noqa: PLC0415 - only where asked for

    names = ("qualification", "vettingStatus", "vettingReason", "vettingCreateDate")

    def make(_: list[str], made: list[bytes]) -> list[list[Texts]]:
        return [[Texts(*map(item.get, names)) for item in orjson.loads(body)] for body in made]

    return timed(plan, make)


def msgspec_structs(plan: Plan) -> Figures:
    """Make msgspec's structs."""
    decode = msgspec_decoder()
    return timed(plan, lambda _, made: [decode(body) for body in made])


def pydantic_models(plan: Plan) -> Figures:
    """Make pydantic's models."""
    from pydantic import BaseModel, ConfigDict, TypeAdapter  # noqa: PLC0415 - only where asked for
    from pydantic.alias_generators import to_camel  # noqa: PLC0415

    class Model(BaseModel):
        model_config = ConfigDict(alias_generator=to_camel, frozen=True)

        qualification: Kind
        vetting_status: Status | None = None
        vetting_reason: str | None = None
        vetting_create_date: datetime | None = None

    validate = TypeAdapter(list[Model]).validate_json
    return timed(plan, lambda _, made: [validate(body) for body in made])


def msgspec_columns(plan: Plan) -> Figures:
    """Make a table of pyarrow's, column by column, of msgspec's structs."""
    import pyarrow as pa  # noqa: PLC0415 - only where asked for

    decode = msgspec_decoder()
    word = pa.dictionary(pa.int32(), pa.string())

    def make(ids: list[str], made: list[bytes]) -> Sized:
        rows = [
            (customer_id, item)
            for customer_id, body in zip(ids, made, strict=True)
            for item in decode(body)
        ]
        statuses = [item.vetting_status for _, item in rows]
        columns = {
            "customer_id": pa.array([customer_id for customer_id, _ in rows], pa.string()),
            "qualification": pa.array([item.qualification.value for _, item in rows], word),
            "vetting_status": pa.array([status and status.value for status in statuses], word),
            "vetting_reason": pa.array([item.vetting_reason for _, item in rows], pa.string()),
            "vetting_created_date": pa.array(
                [item.vetting_create_date for _, item in rows], pa.timestamp("us", "UTC")
            ),
        }
        found: Sized = pa.table(columns)
        return found

    return timed(plan, make)
