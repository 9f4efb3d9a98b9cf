"""What one looks at: the card, the dashboard, and what tells them (design 11). Everything works without it."""
