"""How two people are brought together, agree, hand over and part."""
