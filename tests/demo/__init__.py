"""`make demo`: two stories of people and their phones, told in the terminal against servers of their own."""
