"""`movements`: the command line, a module per command.

Commands are thin wrappers. Their modules import typer, rich and light modules of ours; what a command works with is
imported when it runs, so that help needs neither numpy nor pydantic.
"""
