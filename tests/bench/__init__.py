"""The measurements themselves, tried with tiny quantities; no test asserts a timing."""
