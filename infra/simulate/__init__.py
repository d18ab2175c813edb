"""The time machine: the sluice played through with people in it, so that a process can be tried before it is deployed."""
