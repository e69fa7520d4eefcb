"""What is added to the commands of engines, and what is read of what they print."""
