"""Who fits whom, against brute force, other libraries and published instances."""
