"""The sample bodies of `data/` against the values, where they are strict JSON.

The others need the reader of the extension: test_answers.py reads them all.
"""

import json

import pytest

from partnercenter_qual import Qualification, QualificationRequest, QualificationType

from .samples import DATA, SAMPLES, TYPE_OF_KIND, Sample, body, plain, samples, values
from .scripted import CUSTOMER_ID


def test_the_index_lists_every_sample_once() -> None:
    about = {".gitattributes", "README.md", "samples.json"}
    files = {path.relative_to(DATA).as_posix() for path in DATA.rglob("*") if path.is_file()}
    assert sorted(sample["file"] for sample in SAMPLES) == sorted(files - about)
    assert len({sample["name"] for sample in SAMPLES}) == len(SAMPLES)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["name"])
def test_only_relaxed_samples_and_texts_are_no_strict_json(sample: Sample) -> None:
    if "relaxed" in sample or not sample["file"].endswith(".json"):
        with pytest.raises(ValueError, match=r"Expecting|Illegal|Unterminated|codec"):
            body(sample)
    else:
        body(sample)


@samples("qualifications", strict=True)
def test_qualifications(sample: Sample) -> None:
    found = [plain(value) for value in values(sample)]
    assert [item for item in found if item["qualification"] != "None"] == sample["expect"]


@samples("qualification", strict=True)
def test_the_answer_to_a_request(sample: Sample) -> None:
    (value,) = values(sample)
    assert plain(value) == sample["expect"]


@samples("request", strict=True)
def test_requests(sample: Sample) -> None:
    request = QualificationRequest.from_dict({"customerId": CUSTOMER_ID, **body(sample)})
    assert plain(request) == {"customerId": CUSTOMER_ID, **sample["expect"]}


@samples("qualification_type", strict=True)
def test_the_answer_of_the_retired_call(sample: Sample) -> None:
    value = QualificationType(body(sample))
    assert value.is_known
    assert value == sample["expect"]


@samples("validation_codes", strict=True)
def test_validation_codes(sample: Sample) -> None:
    assert [plain(value) for value in values(sample)] == sample["expect"]


@samples("customer", strict=True)
def test_a_customer(sample: Sample) -> None:
    (value,) = values(sample)
    assert plain(value) == sample["expect"]


@samples("customers", "audit_records", strict=True)
def test_pages(sample: Sample) -> None:
    assert [plain(value) for value in values(sample)] == sample["expect"]["items"]


@samples(*TYPE_OF_KIND, strict=True)
def test_nothing_is_lost_on_the_way_to_json_and_back(sample: Sample) -> None:
    for value in values(sample):
        assert type(value).from_dict(json.loads(json.dumps(value.to_dict()))) == value


@pytest.mark.parametrize("kind", ["no", "null", "boolean", "fraction"])
def test_an_item_without_a_usable_qualification_is_refused(kind: str) -> None:
    (item,) = json.loads((DATA / f"undecodable/{kind}-qualification.json").read_text())
    with pytest.raises(ValueError, match=r"qualification is (missing|True|1\.5); pass"):
        Qualification.from_dict(item)
