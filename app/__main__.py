"""`python -m app`: the page, as the environment sets it; `movements serve` takes options as well."""

from app.listen import listen
from app.settings import Settings

if __name__ == "__main__":
    listen(Settings())
