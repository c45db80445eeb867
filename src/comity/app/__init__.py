"""Composes servers and processes: the only room that starts one."""
