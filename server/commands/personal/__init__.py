"""What belongs to one person alone: profile, notes, quiet hours, pending notifications."""
