"""What keeps people safe: SOS and its ladder, blocks, reports, check-ins, escalations, debriefs."""
