"""What makes it a safe place: promises, opening together, blocks, SOS, and what nobody is ever told."""
