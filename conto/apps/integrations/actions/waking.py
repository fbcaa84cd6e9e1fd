"""Wake the sender of webhooks."""

from procrastinate.contrib.django import app as queue

SENDING_TASK = "send_webhooks"
SENDING_LOCK = "webhooks"  # one sender at a time keeps one place of the worker, however slow receivers are


def wake_the_sender() -> None:
    """Put a job into the queue in this transaction: the worker hears of it at the commit."""
    queue.configure_task(SENDING_TASK, lock=SENDING_LOCK).defer()
