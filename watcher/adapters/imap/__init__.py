"""A mailbox on an IMAP server, read without changing anything in it."""
