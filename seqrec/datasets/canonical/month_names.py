"""Names of the months and their abbreviations: English, German, French, Spanish, Italian and Dutch."""

from typing import Final

_BY_MONTH: Final = (
    "january jan januar jänner jaenner jän janvier janv enero ene gennaio genn gen januari",
    "february feb februar feber février fevrier févr fevr fév fev febrero febbraio febbr februari",
    "march mar märz maerz mär mrz mars marzo maart mrt",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio magg mag mei",
    "june jun juni juin junio giugno giu",
    "july jul juli juillet juill juil julio luglio lug",
    "august aug août aout agosto ago augustus",
    "september sept sep septembre septiembre setiembre set settembre sett",
    "october oct oktober okt octobre octubre ottobre ott",
    "november nov novembre noviembre",
    "december dec dezember dez décembre decembre déc diciembre dic dicembre",
)
MONTHS: Final = {name: str(month) for month, names in enumerate(_BY_MONTH, 1) for name in names.split()}
"""The number of the month by its name in lower case."""
