"""Many workers at once, and workers that die: what people have must not depend on which worker was faster."""
