"""Chaos on the local stage: people send and answer ideas while functions are killed and the cloud is stopped and started."""
