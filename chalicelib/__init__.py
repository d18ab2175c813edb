"""The idea sluice: everything in this package, the templates and the pinned requirements ships to Lambda."""
