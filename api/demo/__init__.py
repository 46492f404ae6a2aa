"""The demo: a filled server on this machine, with a stand-in for phones; not for production."""

from api.demo.show import DemoOptions, show

__all__ = ["DemoOptions", "show"]
