"""The meaning of column names."""

import pytest

from seqrec.starter import names
from seqrec.starter.names import best_named, words_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("user_id", ["user", "id"]),
        ("reviewerID", ["reviewer", "id"]),
        ("visitorid", ["visitor", "id"]),
        ("unixReviewTime", ["unix", "review", "time"]),
        ("Größe 2", ["große"]),
        ("Kundennummer", ["kunden", "nummer"]),
        ("Artikel-Nr.", ["artikel", "nr"]),
        ("Bestelldatum", ["bestell", "datum"]),
        ("Zeitstempel", ["zeitstempel"]),
        ("productname", ["product", "name"]),
        ("filename", ["filename"]),
        ("date_création", ["date", "creation"]),
        ("__1", []),
    ],
)
def test_words(name: str, words: list[str]) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("columns", "nouns", "best"),
    [
        (["user_session", "user_id"], names.USERS, "user_id"),
        (["sessionId", "customer_no"], names.USERS, "customer_no"),
        (["product_title", "product_parent", "product_id"], names.ITEMS, "product_id"),
        (["asin", "parent_asin"], names.ITEMS, "asin"),
        (["category_id", "item_price"], names.ITEMS, None),
        (["event_type", "event_time"], names.TIMES, "event_time"),
        (["created_at"], names.TIMES, "created_at"),
        (["rating_count", "star_rating"], names.VALUES, "star_rating"),
        (["movieId"], names.ITEMS, "movieId"),
        (["nom_produit", "ref_produit"], names.ITEMS, "ref_produit"),
        (["date_livraison", "statut"], names.TIMES, "date_livraison"),
        (["codigo_producto", "nombre_producto"], names.TITLES, "nombre_producto"),
        (["prix_article", "article"], names.ITEMS, "article"),
        (["Kundenname", "Kunden-Nr"], names.USERS, "Kunden-Nr"),
        (["Artikelgruppe", "Artikelpreis"], names.ITEMS, None),
        (["Nummer"], names.ITEMS, None),
        (["0", "", "_"], names.USERS, None),
        (["title_a", "name", "title"], names.TITLES, "title"),
        (["a_name", "b_name"], names.TITLES, "a_name"),
    ],
)
def test_the_best_name(columns: list[str], nouns: tuple[str, ...], best: str | None) -> None:
    assert best_named(columns, nouns) == best
