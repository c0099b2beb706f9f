"""How a request is carried out, and the record of it."""
