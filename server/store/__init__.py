"""The only package that writes to MongoDB. `group_commit` owns the order of records; `accounts` owns accounts."""
