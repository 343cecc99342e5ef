"""The rules of the house, checked by reading the code itself: layers, packages, documents."""
