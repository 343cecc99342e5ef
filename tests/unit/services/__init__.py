"""The services against what people, peers and strangers do."""
