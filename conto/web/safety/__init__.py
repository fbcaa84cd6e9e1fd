"""Safe sign-in: the second step at the door, showing again who one is, and what a member proves it with."""
