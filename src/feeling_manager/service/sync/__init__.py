"""The changes of an account in one order, read and written by its devices. docs/explanation/sync.md says how."""
