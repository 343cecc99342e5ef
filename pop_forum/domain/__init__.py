"""The pure rules of the forum: values in, values out; no web, no database, no clock, no chance."""
