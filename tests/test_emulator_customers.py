"""The customers that an emulator starts with: a count, a mix, a list, a file."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from partnercenter_qual import (
    Client,
    ConfigurationError,
    Emulator,
    Qualification,
    QualificationType,
    VettingStatus,
)

Rows = Sequence[Mapping[str, Any]]
Told = list[tuple[str | None, str | None, list[Qualification]]]

ID = UUID("0f1d7a3e-9a55-4c6e-8f0f-2b7f4a1f9c11")
MORNING = datetime(2026, 2, 11, 9, 15, tzinfo=UTC)
DENIED = Qualification(
    qualification=QualificationType.EDUCATION,
    vetting_status=VettingStatus.DENIED,
    vetting_reason="Not an Academic Domain",
    vetting_created_date=MORNING,
)
STATE_OWNED = Qualification(qualification=QualificationType.STATE_OWNED_ENTITY)


def told(customers: Rows | str | Path) -> Told:
    """Give what a client sees: name, domain and qualifications of each."""
    with Emulator(customers) as emulator, emulator.client() as client:
        listed = list(client.list_customers())
        assert sorted(each.customer_id for each in listed) == sorted(emulator.customer_ids)
        return [_told(client, customer_id) for customer_id in emulator.customer_ids]


def _told(client: Client, customer_id: str) -> tuple[str | None, str | None, list[Qualification]]:
    customer = client.get_customer(customer_id)
    return customer.company_name, customer.domain, client.get_qualifications(customer_id)


def refused(customers: object, **options: Any) -> ConfigurationError:  # noqa: ANN401 - whatever it takes
    with pytest.raises(ConfigurationError) as caught:
        Emulator(customers, **options)  # type: ignore[arg-type]
    return caught.value


class TestList:
    def test_what_is_given_is_kept(self) -> None:
        customer = {
            "customer_id": ID,
            "company_name": "Müller-Schule",
            "domain": "schule.example",
            "qualifications": [
                {
                    "qualification": QualificationType.EDUCATION,
                    "vetting_status": VettingStatus.DENIED,
                    "vetting_reason": "Not an Academic Domain",
                    "vetting_created_date": MORNING,
                },
                "StateOwnedEntity",
            ],
        }
        with Emulator([customer, {}]) as emulator:
            assert emulator.customer_ids[0] == str(ID)
        assert told([customer])[0] == ("Müller-Schule", "schule.example", [DENIED, STATE_OWNED])

    @pytest.mark.parametrize(
        "row",
        [
            {"qualification": "Education", "vetting_status": "Denied"},
            {"qualification": "education", "vetting_status": "denied"},
            {"qualification": 1, "vetting_status": VettingStatus.DENIED},
            {"qualification": QualificationType.EDUCATION, "vetting_status": "DENIED"},
        ],
        ids=str,
    )
    def test_one_qualification_may_stand_beside_the_name(self, row: dict[str, Any]) -> None:
        reasoned = row | {"vetting_reason": DENIED.vetting_reason, "vetting_created_date": MORNING}
        assert [held for *_, held in told([reasoned])] == [[DENIED]]

    @pytest.mark.parametrize(
        ("moment", "seen"),
        [
            (MORNING, MORNING),
            (MORNING.replace(tzinfo=None), MORNING),
            (MORNING.astimezone(timezone(timedelta(hours=5, minutes=30))), MORNING),
            (date(2026, 2, 11), datetime(2026, 2, 11, tzinfo=UTC)),
            ("2026-02-11T10:15:00+01:00", MORNING),
        ],
        ids=str,
    )
    def test_dates_are_utc_unless_they_say_otherwise(self, moment: object, seen: datetime) -> None:
        ((_, _, [held]),) = told([{"qualification": "Nonprofit", "vetting_created_date": moment}])
        assert held.vetting_created_date == seen
        assert held.vetting_status == "Approved"

    def test_what_is_left_out_comes_from_the_seed(self) -> None:
        def made(rows: Rows, seed: int) -> list[str]:
            with Emulator(rows, seed=seed) as emulator:
                return emulator.customer_ids

        assert made([{}, {}], 1) == made([{"company_name": "X"}, {}], 1)
        assert not {*made([{}, {}], 1)} & {*made([{}, {}], 2)}
        ((name, domain, held),) = told([{}])
        assert name
        assert (domain or "").endswith(".example")
        assert held == []
        assert told([]) == []

    @pytest.mark.parametrize(
        ("row", "field", "value", "cure"),
        [
            (5, "", "5", ""),
            ({5: "x"}, "", "5", "pass a str"),
            ({"colour": "red"}, ".colour", "red", "company_name"),
            ({"customer_id": "me"}, ".customer_id", "me", "pass a GUID"),
            ({"customer_id": UUID(int=0)}, ".customer_id", str(UUID(int=0)), "the nil one"),
            ({"customer_id": ID}, ".customer_id", str(ID), "that of row 1"),
            ({"company_name": 5}, ".company_name", "5", "string"),
            ({"company_name": " "}, ".company_name", " ", "words"),
            ({"domain": "\ud800"}, ".domain", r"'\ud800'", "surrogates"),
            ({"qualification": "Gold"}, ".qualification", "Gold", "StateOwnedEntity"),
            ({"qualification": object}, ".qualification", "<class 'object'>", "JSON"),
            ({"qualification": float("nan")}, ".qualification", "nan", "number"),
            ({"qualifications": "Education"}, ".qualifications", "Education", "sequence"),
            ({"qualifications": ["Gold"]}, ".qualifications[0]", "Gold", "StateOwnedEntity"),
            (
                {"qualifications": [{"qualification": 1, "vetting_status": "Expired"}]},
                ".qualifications[0].vetting_status",
                "Expired",
                "InReview, Approved, Denied",
            ),
            (
                {"qualifications": ["Education", "GovernmentCommunityCloud"]},
                ".qualifications[1].qualification",
                "GovernmentCommunityCloud",
                "Education excludes it",
            ),
            ({"qualifications": [1, 1]}, ".qualifications[1].qualification", "Education", "once"),
            (
                {"qualification": 1, "vetting_created_date": "May"},
                ".vetting_created_date",
                "May",
                "ISO 8601",
            ),
            ({"qualification": 4, "vetting_status": "Denied"}, "", "Denied", "not vetted"),
            ({"qualification": 1, "vetting_reason": "No"}, "", "No", "Denied alone"),
            ({"vetting_status": "Denied"}, "", "Denied", "qualification is missing"),
            ({"qualification": 1, "qualifications": []}, "", ":1", "within qualifications"),
        ],
    )
    def test_a_bad_row_is_told_by_its_place(
        self, row: object, field: str, value: str, cure: str
    ) -> None:
        error = refused([{"customer_id": str(ID)}, row])
        assert error.field == f"customers[1]{field}"
        assert value in error.value
        assert cure in error.cure

    @pytest.mark.parametrize("row", [{"customer_id": "me"}, {"customer_id": ID}, {"colour": 1}])
    def test_the_cure_counts_rows_as_people_do(self, row: dict[str, Any]) -> None:
        error = refused([{"customer_id": ID}, {}, row])
        assert error.cure.endswith("(row 3)")

    @pytest.mark.parametrize(
        "customers", [None, 1.5, True, b"rows.csv", {"company_name": "X"}, {"a"}, iter([{}])]
    )
    def test_what_is_no_list_is_refused(self, customers: object) -> None:
        error = refused(customers)
        assert (error.field, error.value) == ("customers", repr(customers)[:80])


TABLE = (
    "customer_id,company_name,domain,qualification,vetting_status,vetting_reason,"
    "vetting_created_date\n"
)
SCHOOL = (
    f"{ID},Müller-Schule,schule.example,Education,Denied,Not an Academic Domain,"
    "2026-02-11T09:15:00Z\n"
)
EXPECTED: Told = [
    ("Müller-Schule", "schule.example", [DENIED, STATE_OWNED]),
    ("Redwater, Academy", "redwater.example", []),
]


class TestFile:
    def test_a_table_has_several_lines_for_several_qualifications(self, tmp_path: Path) -> None:
        file = tmp_path / "customers.csv"
        lines = [TABLE, SCHOOL, ',"Redwater, Academy",redwater.example,,,,\n']
        file.write_text("".join([*lines, f"{ID},,,StateOwnedEntity,,,\n"]), "utf-8-sig")
        assert told(file) == told(str(file)) == EXPECTED

    def test_json_has_the_rows_of_a_list(self, tmp_path: Path) -> None:
        file = tmp_path / "CUSTOMERS.JSON"
        denied = {
            "qualification": "Education",
            "vetting_status": "Denied",
            "vetting_reason": DENIED.vetting_reason,
            "vetting_created_date": MORNING.isoformat(),
        }
        rows = [
            {
                "customer_id": str(ID),
                "company_name": "Müller-Schule",
                "domain": "schule.example",
                "qualifications": [denied, "StateOwnedEntity"],
            },
            {"company_name": "Redwater, Academy", "domain": "redwater.example"},
        ]
        file.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
        assert told(file) == told(str(file)) == EXPECTED

    @pytest.mark.parametrize(
        ("name", "content", "field", "value", "cure"),
        [
            ("a.csv", f"{TABLE}{SCHOOL}x,,,,,,\n", "customer_id", "x", "GUID (line 3)"),
            ("a.csv", f"{TABLE},,,Gold,,,\n", "qualification", "Gold", "Nonprofit"),
            ("a.csv", f"{TABLE}{SCHOOL}{SCHOOL}", "qualification", "Education", "once (line 3)"),
            ("a.csv", "company_name;domain\n", "column", "company_name;domain", "first line"),
            ("a.csv", "name\n", "column", "name", "company_name, domain"),
            ("a.csv", f"{TABLE}a,b\n", "customers", "no table", "line: 2"),
            ("a.csv", b"domain\n\xff\n", "customers", "no table", "UTF-8"),
            ("a.json", "[{]", "customers", "not JSON", "line 1 column 3"),
            ("a.json", "{}", "customers", "{}", "array"),
            ("a.json", '[{}, {"domain": 5}]', "customers[1].domain", "5", "(row 2)"),
        ],
    )
    def test_a_bad_file_is_told_by_line_and_name(  # noqa: PLR0917 - a row of the table
        self,
        tmp_path: Path,
        name: str,
        content: str | bytes,
        field: str,
        value: str,
        cure: str,
    ) -> None:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        error = refused(file)
        assert error.field == field
        assert value in error.value
        assert cure in error.cure
        assert error.cure.endswith(f" in {file}")

    @pytest.mark.parametrize("name", ["missing.csv", "customers.txt", "no\0name.json", ""])
    def test_what_is_no_such_file_is_refused(self, tmp_path: Path, name: str) -> None:
        path = f"{tmp_path}/{name}"
        error = refused(path)
        assert (error.field, error.value) == ("customers", path)
        assert error.cure
        folder = tmp_path / "folder.csv"
        folder.mkdir()
        assert "read" in refused(folder).cure

    def test_a_file_cannot_be_mixed(self, tmp_path: Path) -> None:
        file = tmp_path / "customers.csv"
        file.write_text(TABLE)
        assert refused(file, mix={"Education": 0.5}).field == "mix"


@pytest.fixture
def mixed() -> Iterator[Emulator]:
    mix = {"Education": 0.3, "education:in_review": 0.2, "StateOwnedEntity": 0.25}
    with Emulator(400, seed=5, mix=mix, vetting="manual") as emulator:
        yield emulator


class TestMix:
    def test_shares_of_the_customers_start_with_something(self, mixed: Emulator) -> None:
        with mixed.client() as client:
            results = list(client.sweep(mixed.customer_ids))
        held = [each for result in results for each in result.qualifications]
        plain = [replace(each, vetting_created_date=None) for each in held]
        education = Qualification(
            qualification=QualificationType.EDUCATION, vetting_status=VettingStatus.APPROVED
        )
        waiting = replace(education, vetting_status=VettingStatus.IN_REVIEW)
        for start, expected in [(education, 120), (waiting, 80), (STATE_OWNED, 100)]:
            assert expected * 0.7 < plain.count(start) < expected * 1.3
        assert len(results) == 400
        assert all(len(result.qualifications) <= 1 for result in results)

    def test_the_seed_draws_them(self, mixed: Emulator) -> None:
        def held(emulator: Emulator) -> list[object]:
            with emulator.client() as client:
                ids = emulator.customer_ids[:30]
                kinds = [client.get_qualifications(customer_id) for customer_id in ids]
            return [[each.qualification for each in kind] for kind in kinds]

        mix = {"Education": 0.3, "education:in_review": 0.2, "StateOwnedEntity": 0.25}
        with Emulator(30, seed=5, mix=mix) as same, Emulator(30, seed=6, mix=mix) as other:
            assert held(mixed) == held(same) != held(other)

    @pytest.mark.parametrize(
        ("mix", "field", "value", "cure"),
        [
            ({"Gold": 0.1}, "mix.Gold", "0.1", "StateOwnedEntity"),
            ({"Education:Gold": 0.1}, "mix.Education:Gold", "0.1", "InReview"),
            ({"StateOwnedEntity:Denied": 1}, "mix.StateOwnedEntity:Denied", "1", "not vetted"),
            ({"Education": -0.1}, "mix.Education", "-0.1", "0 to 1"),
            ({"Education": 1.1}, "mix.Education", "1.1", "0 to 1"),
            ({"Education": "half"}, "mix.Education", "half", ""),
            ({"Education": float("nan")}, "mix.Education", "nan", "number"),
            ({"Education": 0.6, "Nonprofit": 0.5}, "mix", "1.1", "1 in all"),
            ({1: 0.5}, "mix", "1", "pass a str"),
            ([("Education", 0.5)], "mix", "[('Education', 0.5)]", "dict"),
        ],
    )
    def test_a_bad_mix_is_refused(self, mix: object, field: str, value: str, cure: str) -> None:
        error = refused(3, mix=mix)
        assert error.field == field
        assert value in error.value
        assert cure in error.cure

    def test_customers_of_a_list_are_not_mixed(self) -> None:
        assert refused([{}], mix={"Education": 0.5}).field == "mix"
