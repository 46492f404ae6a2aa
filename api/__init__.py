"""The process: HTTP, the environment, identity and commands; no rule of loyalty."""
