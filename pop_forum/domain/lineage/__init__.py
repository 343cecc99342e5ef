"""Where a text comes from: its common ancestors, what separates two texts, and how two of them become one."""
