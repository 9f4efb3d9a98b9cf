"""The forms with which an owner sets the integration up and changes it."""
