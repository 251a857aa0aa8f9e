"""The way of a mail, one function a step: intake, deciding, delivery, the person's acts."""
