"""Speed, measured as ratios in one run against a named peer or a physical floor. `make bench` prints the table."""
