"""What transfers keep of their content and what they are made of: every system on the same pairs."""
