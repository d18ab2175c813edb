"""Chalice blueprints that translate: parse an event, call one service, answer."""
