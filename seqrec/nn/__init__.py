"""The building blocks that several networks share: attention, the tied head and losses."""
