"""Mutation testing of the domain: `python -m infra.mutants` changes one thing at a time and sees whether a test fails.

mutmut makes the mutants; the trying is done here, since mutmut starts pytest anew for each and would take hours. What came
of each mutant is kept in .local/mutants/, so that a second call goes on where the first one stopped.
"""
