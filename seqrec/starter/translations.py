"""Names of columns in German, French, Spanish, Italian and Dutch, in lower case and without accents."""

from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


USERS: Final = (
    *_words("kunde kunden kd kaeufer kaufer besteller benutzer nutzer anwender mitglied besucher leser"),
    *_words("utilisateur acheteur adherent abonne membre visiteur lecteur"),
    *_words("cliente usuario comprador socio miembro utente acquirente membro"),
    *_words("klant klanten gebruiker koper lid bezoeker lezer"),
)
ITEMS: Final = (
    *_words("artikel produkt ware material buch film lied"),
    *_words("produit livre morceau chanson reference"),
    *_words("producto articulo libro pelicula cancion referencia"),
    *_words("prodotto articolo brano riferimento"),
    "boek",
    "art",
)
TIMES: Final = (
    *_words("zeitstempel datum zeitpunkt zeit uhrzeit horodatage heure jour"),
    *_words("fecha hora dia data ora giorno tijdstempel tijdstip tijd dag"),
)
TIMES_OF_DAY: Final = _words("uhrzeit zeit heure hora ora tijdstip tijd")
ORDERS: Final = _words("reihenfolge rang ordre volgorde posicion posizione")
VALUES: Final = (
    *_words("bewertung sterne note punkte menge anzahl stueckzahl stuckzahl preis betrag umsatz wert"),
    *_words("etoiles quantite nombre prix montant"),
    *_words("puntuacion valoracion estrellas cantidad precio importe"),
    *_words("voto valutazione stelle quantita prezzo importo"),
    *_words("beoordeling sterren hoeveelheid aantal prijs bedrag"),
)
TITLES: Final = (
    *_words("titel bezeichnung"),
    *_words("titre nom libelle intitule designation titulo nombre denominacion titolo nome denominazione naam"),
    *_words("omschrijving"),
)
BRANDS: Final = _words("marke hersteller verlag marque fabricant editeur marca fabricante produttore merk fabrikant")
CATEGORIES: Final = (
    *_words("kategorie kategorien warengruppe sortiment rubrik categorie rayon famille"),
    *_words("categoria familia genero reparto genere"),
)
DESCRIPTIONS: Final = _words("beschreibung beschrijving omschrijving descripcion descrizione resume")

FILLERS: Final = {
    *_words("nummer nr kennung kennzeichen schluessel schlussel"),
    *_words("numero num ref codigo cod codice clave cle identifiant identificador identificativo sleutel"),
    *_words("de du des del della di van der"),
}
"""Words that say nothing about whose name it is."""

ENDINGS: Final = _words(
    "zeitstempel zeitpunkt uhrzeit bezeichnung beschreibung kategorie nummer datum zeit menge anzahl preis betrag wert "
    "titel nr tijdstip tijd omschrijving beschrijving naam prijs aantal"
)
"""Nouns that German and Dutch put behind another one without a blank, as in `Bestelldatum`."""
HEADS: Final = frozenset(
    _words(
        "date heure nom libelle designation intitule titre prix quantite montant "
        "fecha hora nombre titulo precio cantidad importe descripcion "
        "ora nome titolo prezzo quantita importo descrizione"
    )
)
"""Nouns that French, Spanish and Italian put in front of what they belong to, as in `date_commande`."""
