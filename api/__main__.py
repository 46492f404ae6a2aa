"""`python -m api`, which is `stamkund`."""

from api.cli import main

if __name__ == "__main__":
    main()
