"""The pages about errors: each class and code has its place there, and errors lead to it."""

import re
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

import partnercenter_qual
from partnercenter_qual import (
    ApiError,
    AuthenticationError,
    Client,
    DecodeError,
    Emulator,
    PartnerCenterError,
    RateLimitError,
)
from partnercenter_qual._help import AADSTS, CODES, TEXTS, WORDS, help_link

from .scripted import CUSTOMER_ID, Answer, Scripted
from .snippets import ROOT, run, snippets

CLASSES = [
    each
    for each in (getattr(partnercenter_qual, name) for name in partnercenter_qual.__all__)
    if isinstance(each, type) and issubclass(each, PartnerCenterError)
]
NUMBERS = sorted(AADSTS, key=int)
KNOWN = sorted(CODES, key=int)


def plain(text: str) -> str:
    """Give a text without what Markdown adds to it."""
    return re.sub(r"\s+", " ", text.replace("`", "")).lower()


def sections(page: str) -> dict[str, str]:
    """Give what stands below each heading of a page, by the anchor that GitHub and Sphinx make."""
    parts = re.split(r"^#{1,4} (.+)$", (ROOT / page).read_text("utf-8"), flags=re.MULTILINE)
    anchors = [heading.lower().replace(" ", "-") for heading in parts[1::2]]
    assert len({*anchors}) == len(anchors)
    return dict(zip(anchors, map(plain, parts[2::2]), strict=True))


PAGES = {page: sections(page) for page in ("docs/errors.md", "docs/sign-in-errors.md")}


def section(link: str) -> str:
    """Give what stands at the place that an error leads to."""
    page, anchor = link.split("#")
    return PAGES[page][anchor]


def refused(answer: Answer) -> ApiError:
    """Give the error of a call that is answered so."""
    with (
        Scripted([answer]) as server,
        Client("eyJ0.e30.x", base_url=server.url, max_retries=0) as client,
        pytest.raises(ApiError) as raised,
    ):
        client.get_qualifications(CUSTOMER_ID)
    return raised.value


def check(error: ApiError | AuthenticationError, page: str, anchor: str) -> None:
    """Check that an error leads to a place, whose cure is the error's own."""
    assert error.help_link == f"{page}#{anchor}"
    assert str(error).endswith(f" [see {error.help_link}]")
    assert plain(error.hint or "") in section(error.help_link)


class TestPlaces:
    def test_every_class_has_its_own(self) -> None:
        links = [help_link(kind("x")) for kind in CLASSES]
        assert links == [f"docs/errors.md#{kind.__name__.lower()}" for kind in CLASSES]
        assert all("what to do." in section(link) for link in links)

    def test_a_class_of_a_program_has_that_of_its_base(self) -> None:
        class MineError(RateLimitError):
            pass

        assert MineError("x").help_link == RateLimitError("x").help_link

    def test_every_code_that_is_known_is_on_the_page_and_no_other(self) -> None:
        codes = {name.removeprefix("code-") for name in PAGES["docs/errors.md"] if "code-" in name}
        assert codes == CODES

    def test_every_code_of_the_sources_is_known(self) -> None:
        hints = (ROOT / "src/error/hint.rs").read_text().split("fn for_status")[0]
        emulated = (ROOT / "src/emulator/api/codes.rs").read_text().split("#[cfg(test)]")[0]
        own = (ROOT / "src/emulator/api/refusals.rs").read_text()
        found = {
            *re.findall(r'"(\d{4,})"', hints),
            *re.findall(r"Code::\w+\(\s*[\w:]+,\s*([\d_]+),", emulated),
            *re.findall(r"const \w+: u32 = (\d{3}_\d{3});", own),
        }
        codes = {code.replace("_", "") for code in found}
        assert {"900420", "2000", "0", "600901"} <= codes
        assert codes <= CODES

    def test_every_number_and_word_of_the_sources_is_known(self) -> None:
        source = (ROOT / "src/error/hint/entra.rs").read_text().split("#[cfg(test)]")[0]
        arms = re.findall(r"^ {8}([\d_| ]+) =>", source, re.MULTILINE)
        numbers = {number for arm in arms for number in re.findall(r"\d+", arm.replace("_", ""))}
        assert numbers == AADSTS
        arms = re.findall(r'^ {8}(".+") =>', source, re.MULTILINE)
        assert {word for arm in arms for word in re.findall(r"\w+", arm)} == WORDS

    def test_the_page_of_entra_has_them_all_and_no_other(self) -> None:
        anchors = {
            anchor
            for anchor, text in PAGES["docs/sign-in-errors.md"].items()
            if "what to do." in text
        }
        assert anchors == {f"aadsts{number}" for number in AADSTS} | {
            word.replace("_", "-") for word in WORDS
        }


class TestErrors:
    @pytest.mark.parametrize("code", KNOWN)
    def test_a_code_leads_to_its_place_and_cure(self, code: str) -> None:
        anchor = f"code-{code}"
        told = re.match(r" http (\d+)\.", PAGES["docs/errors.md"][anchor])
        assert told
        status = int(told[1])
        if status == 200:
            assert help_link(ApiError("x", code=code)).endswith(anchor)
        else:
            error = refused(Answer({"code": int(code)}, status=status))
            check(error, "docs/errors.md", anchor)
            assert f" -> {error.hint}" in str(error)

    @pytest.mark.parametrize(("said", "anchor"), TEXTS.items())
    def test_what_comes_without_a_code_has_a_place(self, said: str, anchor: str) -> None:
        error = refused(Answer({"message": f"It is {said}."}, status=403))
        check(error, "docs/errors.md", anchor)

    @pytest.mark.parametrize(
        "body", [b"<html><h1>Welcome", b"{}", b""], ids=["page", "other", "none"]
    )
    def test_a_body_that_cannot_be_read_has_its_cure(self, body: bytes) -> None:
        with (
            Scripted([Answer(body)]) as server,
            Client("eyJ0.e30.x", base_url=server.url, max_retries=0) as client,
            pytest.raises(DecodeError) as raised,
        ):
            client.get_qualifications(CUSTOMER_ID)
        cure = re.search(r" -> (.+?) \[customer", str(raised.value))
        assert cure
        assert plain(cure[1]) in section(raised.value.help_link)

    @pytest.mark.parametrize("number", NUMBERS)
    def test_a_number_of_entra_leads_to_its_place_and_cure(self, number: str) -> None:
        def credential() -> str:
            raise LookupError(f"AADSTS{number}: something is wrong")

        with (
            Client(credential, base_url="http://127.0.0.1:9") as client,
            pytest.raises(AuthenticationError) as raised,
        ):
            client.get_customer(CUSTOMER_ID)
        check(raised.value, "docs/sign-in-errors.md", f"aadsts{number}")

    @pytest.mark.parametrize("word", sorted(WORDS))
    def test_a_word_of_oauth_leads_to_its_place_and_cure(self, word: str) -> None:
        error = refused(Answer({"error": word, "error_description": "No."}, status=400))
        check(error, "docs/sign-in-errors.md", word.replace("_", "-"))
        own = AuthenticationError("no access token", error=word)
        assert own.help_link == error.help_link

    def test_the_user_s_word_counts_more_than_the_number(self) -> None:
        error = AuthenticationError("x", error="authorization_declined", aadsts_code=65001)
        assert error.help_link.endswith("#authorization-declined")
        assert AuthenticationError(
            "x", error="invalid_grant", aadsts_code=65001
        ).help_link.endswith("#aadsts65001")

    @pytest.mark.parametrize(
        "error",
        [ApiError("x", code="77"), AuthenticationError("x", error="odd", aadsts_code=16000)],
        ids=["code", "number"],
    )
    def test_what_is_not_known_leads_to_the_class(self, error: PartnerCenterError) -> None:
        assert error.help_link == f"docs/errors.md#{type(error).__name__.lower()}"

    def test_tracebacks_and_groups_say_where_to_read_on(self) -> None:
        group = ExceptionGroup("two", [ApiError("first", code="900420"), RateLimitError("second")])
        text = "".join(traceback.format_exception(group))
        assert "first [see docs/errors.md#code-900420]\n" in text
        assert "second [see docs/errors.md#ratelimiterror]\n" in text


# What the snippets print, in the order of each page.
EXPECTED = {
    "docs/errors.md": [
        r"PermissionDeniedError docs/errors\.md#code-900329",
        r"customer_id Contoso .+",
    ],
    "docs/sign-in-errors.md": [r"CredentialReport: no problems\n(.*\n)+.*"],
}
SNIPPETS = [
    pytest.param(page, snippet, expected, id=f"{page}-{number}")
    for page, wanted in EXPECTED.items()
    for number, (snippet, expected) in enumerate(zip(snippets(page), wanted, strict=True))
]


@pytest.fixture
def customer_id(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """Give a customer of an emulator that the environment leads to, with an app-only token."""
    with Emulator(customers=1) as emulator:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("PARTNERCENTER_BASE_URL", emulator.url)
        monkeypatch.setenv("PARTNERCENTER_ACCESS_TOKEN", emulator.access_token(app_only=True))
        yield emulator.customer_ids[0]


@pytest.mark.parametrize(("page", "snippet", "expected"), SNIPPETS)
def test_a_snippet_does_what_it_shows(
    page: str, snippet: str, expected: str, customer_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(snippet, page, {"customer_id": customer_id})
    assert re.fullmatch(expected, capsys.readouterr().out.strip())
