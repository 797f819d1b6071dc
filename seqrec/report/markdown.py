"""The leaderboard as Markdown, for pages that other programs show."""

from seqrec.evaluation.results import Table
from seqrec.report import words


def leaderboard(table: Table) -> str:
    """Returns the headline and one line per model, best first."""
    metric = words.metric_name(table.comparison)
    lines = [
        f"**{words.headline(table)}**",
        "",
        f"| model | {metric} | {table.confidence:.0%} interval | against {table.reference} | seeds |",
        "|---|---|---|---|---|",
    ]
    for row in table.rows:
        cell = row.cells[table.comparison]
        difference = "" if row.difference is None else f"{row.difference.mean:+.4f} ({table.verdict(row)})"
        lines.append(f"| {row.label} | {cell.mean:.4f} | {words.interval(cell)} | {difference} | {row.n_seeds} |")
    lines += ["", f"{table.n_cases:,} test cases; protocol {table.protocol_digest}.", "", words.method(table)]
    return "\n".join(lines)
