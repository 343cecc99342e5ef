"""Tests in a real browser, against a real host: web, worker and broker of three communes."""
