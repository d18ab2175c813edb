"""The only importers of botocore and pynamodb: each adapter keeps one promise of `services.ports`."""
