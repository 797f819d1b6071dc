"""Language models as a tool: how they are reached and asked."""
