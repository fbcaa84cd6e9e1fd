"""The product's way of keeping passwords, at a cost that tests can pay: the real one is meant to take its time."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """Argon2id with the least work that it allows: 0.1 ms for the product's 150."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1


QUICK_HASHERS = ["tests.passwords.QuickArgon2", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
