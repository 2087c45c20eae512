"""Trust and safety: promises, opening together, blocks, SOS, and what nobody is ever told."""
