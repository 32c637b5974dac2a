"""`python -m model.cli`: the same as `movements`, where the project is a folder and not installed."""

from model.cli import app

if __name__ == "__main__":
    app()
