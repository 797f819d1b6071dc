"""Amazon 2014: gzipped reviews as JSON lines, and gzipped metadata as Python literals."""

from pathlib import Path

from seqrec.datasets.amazon_2014 import Config
from tests.seqrec.datasets.files import write as write_file

N_INTERACTIONS = 4
N_ITEMS = 2
N_SET_ASIDE = 1

REVIEW_FILE = "reviews_Beauty_5.json.gz"
PRODUCT_FILE = "meta_Beauty.json.gz"

_TEXT = '"helpful": [0, 1], "reviewText": "Fine \\"stuff\\" \\u2665", "overall": 4.0, "summary": "ok"'
REVIEWS = [
    f'{{"reviewerID": "A1", "asin": "B1", {_TEXT}, "unixReviewTime": 1365984000, "reviewTime": "04 15, 2013"}}',
    f'{{"reviewerID": "A2", "asin": "B1", {_TEXT}, "unixReviewTime": 1366070400, "reviewTime": "04 16, 2013"}}',
    f'{{"reviewerID": "A1", "asin": "B2", {_TEXT}, "unixReviewTime": 1365984000, "reviewTime": "04 15, 2013"}}',
    f'{{"reviewerID": "A3", "asin": "B2", {_TEXT}, "unixReviewTime": 0, "reviewTime": "01 1, 1970"}}',
    f'{{"reviewerID": "A2", "asin": "B3", {_TEXT}, "unixReviewTime": 1400000000, "reviewTime": "05 13, 2014"}}',
]
PRODUCTS = [
    """{'asin': 'B1', 'title': 'Cr&egrave;me', 'salesRank': {'Beauty': 7}, 'categories': [['Beauty', "Women's"]]}""",
    """{'asin': 'B2', 'description': "It's a pen", 'categories': [['Beauty']], 'brand': 'Orrin'}""",
]


def write(folder: Path) -> Config:
    """Write five reviews of three products, one review without a time; two products have metadata."""
    write_file(folder / REVIEW_FILE, "\n".join(REVIEWS) + "\n")
    write_file(folder / PRODUCT_FILE, "\n".join(PRODUCTS) + "\n")
    return Config()
