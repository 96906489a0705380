"""What type checkers must conclude of the public API: `make lint` checks it, nothing runs it."""
