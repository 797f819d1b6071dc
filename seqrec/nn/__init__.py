"""Building blocks that several networks share: attention, the tied head, losses."""
