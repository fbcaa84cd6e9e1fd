"""Mail: how a written message leaves for the outside world."""
