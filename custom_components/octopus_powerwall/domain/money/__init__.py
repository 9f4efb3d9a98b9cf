"""What the house pays and gets, and what it would have paid without this integration (design 9)."""
