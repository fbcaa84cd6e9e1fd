"""What everybody may know of the demo company."""

DEMO_PASSWORD = "blue-lamp-47-window"  # noqa: S105 -- of every log-in of the demo company, shown where one signs in
