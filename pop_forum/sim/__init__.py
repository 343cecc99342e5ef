"""The federation under faults: real services and tasks over simulated network, clock, entropy and stores."""
