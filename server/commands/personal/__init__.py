"""Records of one user alone: profile, notes, quiet hours, pending notifications."""
