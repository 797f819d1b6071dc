"""Language models as a tool: the clients that call them."""
