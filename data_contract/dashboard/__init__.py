"""What audit logs say of the data they are about: its state, as text, JSON or a page; the logs are all it rests on."""
