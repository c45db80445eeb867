"""`make soak`: two real nodes under traffic, hurt again and again, and their books compared."""
