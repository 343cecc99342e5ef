"""The budget sheet of a measure: what it holds, how it travels, and every formula that a page shows. Pure."""
