"""Push: devices, campaigns and nudges; what a member's phone shows, and why."""
