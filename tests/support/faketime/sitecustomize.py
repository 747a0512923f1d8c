"""Python under libfaketime with a true steady clock: its sleep asks for a point of that clock, which the library refuses."""
import select
import time

time.sleep = lambda seconds: select.select([], [], [], seconds)
