"""What is counted: states that merge, and the measures that make them from text."""
