"""Lists that come in pages: where each page is, what happens between them, and when they end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from partnercenter_qual import (
    BadRequestError,
    DecodeError,
    Emulator,
    ServerError,
)

from .either import TOKEN, Either
from .scripted import Answer, Request, Scripted, query_of

NEXT = "/customers?size=500&seekOperation=Next"


def page(*ids: str, uri: object = None, token: str | None = None, **others: object) -> Answer:
    """Give a page of customers, with a link to the next one unless `uri` is None."""
    headers = [] if token is None else [{"key": "MS-ContinuationToken", "value": token}]
    links: dict[str, object] = {"self": {"uri": "/customers?size=500", "method": "GET"}}
    if uri is not None:
        links["next"] = {"uri": uri, "method": "GET", "headers": headers}
    return Answer({"items": [{"id": each} for each in ids], "links": links, **others})


def ids(either: Either, server: Scripted | str, **options: Any) -> list[str]:  # noqa: ANN401 - of a client
    """List the ids of all customers."""
    client = either.client(server, **options)
    return [customer.customer_id for customer in either.list(client.list_customers())]


class TestAgainstTheEmulator:
    def test_all_of_many_customers_come_in_their_order(self, either: Either) -> None:
        with Emulator(customers=1_200) as emulator:
            assert ids(either, emulator.url, credential=emulator.access_token()) == (
                emulator.customer_ids
            )
        sizes = [query_of(entry.path)["size"] for entry in emulator.journal]
        assert sizes == ["500", "500", "500"]
        assert len({entry.request_id for entry in emulator.journal}) == 3

    def test_page_by_page(self, either: Either, emulator: Emulator) -> None:
        pages = either.list(either.client(emulator).list_customers(page_size=2).by_page())
        assert [len(page) for page in pages] == [2, 2, 1]
        found = [customer.customer_id for page in pages for customer in page]
        assert found == emulator.customer_ids

    def test_pages_are_fetched_as_they_are_needed(self, either: Either, emulator: Emulator) -> None:
        customers = either.client(emulator).list_customers(page_size=2)
        requests = [len(emulator.journal)]
        for _ in range(5):
            either.list(customers, 1)
            requests.append(len(emulator.journal))
        assert requests == [0, 1, 1, 2, 2, 3]
        assert either.list(customers) == []
        assert either.list(customers) == []
        assert len(emulator.journal) == 3

    def test_pages_go_on_where_single_items_stopped(
        self, either: Either, emulator: Emulator
    ) -> None:
        customers = either.client(emulator).list_customers(page_size=2)
        either.list(customers, 2)
        rest = either.list(customers.by_page())
        found = [[customer.customer_id for customer in page] for page in rest]
        assert found == [emulator.customer_ids[2:4], emulator.customer_ids[4:]]

    @pytest.mark.parametrize("form", [str, str.lower, str.upper])
    def test_only_names_with_a_prefix(self, either: Either, form: Callable[[str], str]) -> None:
        with Emulator(customers=200) as emulator:
            client = either.client(emulator)
            every = either.list(client.list_customers())
            wanted = [each for each in every if (each.company_name or "").startswith("Gör")]
            found = either.list(client.list_customers(name_prefix=form("Gör"), page_size=3))
            assert found == wanted
            assert 3 < len(wanted) < 200
            assert either.list(client.list_customers(name_prefix="No such name")) == []

    def test_audit_records_of_one_customer(self, either: Either, emulator: Emulator) -> None:
        client = either.client(emulator)
        first, second, *_ = emulator.customer_ids
        for customer_id in (first, second):
            either.call(client.update_qualification, customer_id, "StateOwnedEntity")
        either.call(
            client.update_qualification, second, "Education", education_segment="HigherEducation"
        )
        today = emulator.now.date()
        records = either.list(client.list_audit_records(today, customer_id=UUID(second)))
        assert [record.customer_id for record in records] == [second, second]
        for record in records:
            assert record.operation_date is not None
            assert abs(emulator.now - record.operation_date) < timedelta(minutes=1)
            assert record.operation_status == "succeeded"
            assert isinstance(record.resource_new_value, str)
        assert len(either.list(client.list_audit_records(today, today))) == 3
        emulator.advance(2 * 86_400)
        later = emulator.now.date()
        assert either.list(client.list_audit_records(later)) == []
        (everything,) = either.list(client.list_audit_records(today, later).by_page())
        assert len(everything) == 3

    def test_audit_records_are_kept_for_ninety_days(
        self, either: Either, emulator: Emulator
    ) -> None:
        long_ago = emulator.now - timedelta(days=100)
        with pytest.raises(BadRequestError):
            either.list(either.client(emulator).list_audit_records(long_ago))


class TestLink:
    @pytest.mark.parametrize(
        "uri",
        [
            "/customers?size=500&seekOperation=Next",
            "/v1/customers?size=500&seekOperation=Next",
            "/v1/customers?size=500?seekOperation=Next",
            " /customers?size=500&seekOperation=Next ",
            "{url}/v1/customers?size=500&seekOperation=Next",
            "{url}/customers?size=500&seekOperation=Next",
        ],
    )
    @pytest.mark.parametrize("prefix", ["", "/gateway"])
    def test_in_every_form_leads_to_the_next_page(
        self, either: Either, uri: str, prefix: str
    ) -> None:
        def script(request: Request) -> Answer:
            if "Next" in request.path:
                return page("b")
            return page("a", uri=uri.format(url=server.url + prefix), token="opaque")  # noqa: S106 - no secret

        with Scripted(script) as server:
            assert ids(either, server.url + prefix) == ["a", "b"]
        second = server.requests[1]
        assert second.path == f"{prefix}/v1/customers?size=500&seekOperation=Next"
        assert second.headers["ms-continuationtoken"] == "opaque"

    def test_its_headers_are_sent_and_ours_stay_ours(self, either: Either) -> None:
        theirs = {
            "MS-ContinuationToken": "opaque",
            "MS-Odd": "odd",
            "Authorization": "Bearer of-theirs",
            "Host": "elsewhere.example",
            "MS-RequestId": "theirs",
            "MS-CorrelationId": "theirs",
            "bad name": "x",
            "MS-Bad": "line\nend",
        }
        pairs = [{"key": name, "value": value} for name, value in theirs.items()]
        first = {"items": [], "links": {"next": {"uri": NEXT, "headers": [*pairs, "odd", None]}}}
        with Scripted([Answer(first), page("a")]) as server:
            assert ids(either, server) == ["a"]
        headers = server.requests[1].headers
        assert (headers["ms-continuationtoken"], headers["ms-odd"]) == ("opaque", "odd")
        assert headers["authorization"] == f"Bearer {TOKEN}"
        assert headers["host"] == urlsplit(server.url).netloc
        assert UUID(headers["ms-requestid"])
        assert UUID(headers["ms-correlationid"])
        assert not {"bad name", "ms-bad"} & headers.keys()

    def test_the_token_at_the_top_stands_in_for_its_headers(self, either: Either) -> None:
        with Scripted([page("a", uri=NEXT, continuationToken="top"), page("b")]) as server:
            assert ids(either, server) == ["a", "b"]
        assert server.requests[1].headers["ms-continuationtoken"] == "top"

    @pytest.mark.parametrize(
        "uri",
        [
            "http://127.0.0.1:{port}/v1/customers?x",
            "//127.0.0.1:{port}/v1/customers",
            "/\\127.0.0.1:{port}/v1/customers",
            "http:\\\\127.0.0.1:{port}\\v1\\customers",
            "http://127.0.0.1:{own}@127.0.0.1:{port}/v1/customers",
            "@127.0.0.1:{port}/v1/customers",
            "http://localhost:{own}/v1/customers?x",
            "https://127.0.0.1:{own}/v1/customers?x",
            "http://user@127.0.0.1:{own}/v1/customers?x",
            "ftp://127.0.0.1:{own}/v1/customers",
            "file:///etc/passwd",
            "customers?size=1",
        ],
    )
    def test_to_anywhere_else_is_refused(self, either: Either, uri: str) -> None:
        with Scripted([page("stranger")]) as stranger:

            def script(_: Request) -> Answer:
                own, port = (urlsplit(each.url).port for each in (server, stranger))
                return page("a", uri=uri.format(own=own, port=port))

            with Scripted(script) as server, pytest.raises(DecodeError, match="away"):
                ids(either, server)
        assert stranger.requests == []
        assert len(server.requests) == 1

    def test_back_to_the_same_page_is_refused(self, either: Either) -> None:
        looping = Scripted([page("a", uri="/customers?size=500")])
        with looping as server, pytest.raises(DecodeError, match="read before"):
            ids(either, server)
        assert len(server.requests) == 1

    def test_back_to_any_page_before_is_refused(self, either: Either) -> None:
        def script(request: Request) -> Answer:
            if "Next" in request.path:
                return page("b", uri="/customers?size=500")
            return page("a", uri=NEXT)

        with Scripted(script) as server:
            customers = either.client(server).list_customers()
            assert [each.customer_id for each in either.list(customers, 1)] == ["a"]
            with pytest.raises(DecodeError, match="read before"):
                either.list(customers)
        assert len(server.requests) == 2

    def test_the_same_address_is_another_page_by_its_token(self, either: Either) -> None:
        pages = [page(name, uri="/customers?size=500", token=name) for name in "abb"]
        with Scripted(pages) as server:
            customers = either.client(server).list_customers()
            assert [each.customer_id for each in either.list(customers, 2)] == ["a", "b"]
            with pytest.raises(DecodeError, match="read before"):
                either.list(customers)
        assert len(server.requests) == 3

    @pytest.mark.parametrize("links", [None, {}, [], {"next": None}, {"next": "/customers?x"}])
    def test_without_one_the_list_ends(self, either: Either, links: object) -> None:
        with Scripted([Answer({"items": [{"id": "a"}], "links": links})]) as server:
            assert ids(either, server) == ["a"]

    @pytest.mark.parametrize("uri", ["", " ", 5, []])
    def test_without_an_address_the_list_ends(self, either: Either, uri: object) -> None:
        with Scripted([page("a", uri=uri)]) as server:
            assert ids(either, server) == ["a"]


class TestCourse:
    @pytest.mark.parametrize("count", [0, 1, 10_000, "odd", None])
    def test_the_total_count_says_nothing(self, either: Either, count: object) -> None:
        pages = [page("a", uri=NEXT, totalCount=count), page("b", totalCount=count)]
        with Scripted(pages) as server:
            assert ids(either, server) == ["a", "b"]

    def test_an_empty_page_is_not_the_end(self, either: Either) -> None:
        pages = [page(uri=NEXT), page("a", uri=NEXT + "2"), page()]
        with Scripted(pages) as server:
            assert ids(either, server) == ["a"]
        with Scripted(pages) as server:
            customers = either.client(server).list_customers()
            assert [len(page) for page in either.list(customers.by_page())] == [0, 1, 0]

    @pytest.mark.parametrize("error", [Answer(status=501), Answer("[{"), page("x", uri="//x")])
    def test_after_an_error_the_same_page_is_asked_for_again(
        self, either: Either, error: Answer
    ) -> None:
        pages = [page("a", "b", uri=NEXT, token="opaque"), error, page("c")]  # noqa: S106 - no secret
        with Scripted(pages) as server:
            customers = either.client(server, max_retries=0).list_customers()
            assert [each.customer_id for each in either.list(customers, 2)] == ["a", "b"]
            with pytest.raises((ServerError, DecodeError)):
                either.list(customers)
            assert [each.customer_id for each in either.list(customers)] == ["c"]
        second, third = server.requests[1:]
        assert second.path == third.path
        assert third.headers["ms-continuationtoken"] == "opaque"

    def test_an_item_that_is_no_customer_is_an_error(self, either: Either) -> None:
        odd = Scripted([Answer({"items": [{"id": "a"}, {"name": "b"}]})])
        with odd as server, pytest.raises(DecodeError, match="`id`"):
            ids(either, server)
