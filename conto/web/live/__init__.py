"""Open pages that follow what happens: they ask for the state and fetch themselves anew when it has moved."""
