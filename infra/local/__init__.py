"""The local stage: MiniStack as the cloud, a front door, an inbox, and what starts and stops them.

A development tool. Nothing here ships, and nothing that ships may import it.
"""
