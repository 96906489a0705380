"""Client and emulator for Microsoft Partner Center customer qualifications."""
