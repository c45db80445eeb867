"""The vocabulary's rows, by subject. `agreement.vocabulary` puts them together."""
