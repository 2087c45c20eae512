"""The only package that writes to MongoDB. `commit` owns the order of records; `people` owns accounts."""
